"""Words and facts that all explanations on the command line share. Pure."""

from collections.abc import Mapping
from typing import Final

from fedinet.policy.explain import Explanation, Said
from fedinet.policy.model import Builtin, Decision, Facts, Rule

_SAID: Final[Mapping[Said, str]] = {
    Said.DECIDED: "decided",
    Said.ADDED: "adds to what happens",
    Said.HEARD: "was heard, and another decided",
    Said.SPOKEN_FOR: "is of a list, and a rule of yours comes first",
    Said.WITHIN_RATE: "is within its rate",
    Said.EXPIRED: "has run out",
    Said.OTHER_SCOPE: "is about something else",
    Said.FAILED: "does not hold",
}


def opinions(told: Explanation) -> list[str]:
    """What each rule said, a line each."""
    return [
        f"  {opinion.rule.source} {opinion.rule.key}: {_SAID[opinion.said]}"
        f"{' (' + opinion.part + ')' if opinion.part else ''}"
        for opinion in told.opinions
    ]


def known_facts(facts: Facts) -> Mapping[str, object]:
    return {
        "met": facts.met,
        "ally": facts.ally,
        "software": facts.software,
        "version": ".".join(map(str, facts.version)),
        "lists": sorted(facts.lists),
        "server_first_seen": facts.server_first_seen,
        "server_accounts": facts.server_accounts,
        "actor_kind": facts.actor_kind,
        "actor_published": facts.actor_published,
        "actor_first_seen": facts.actor_first_seen,
        "followers": facts.followers,
        "relations": sorted(relation.value for relation in facts.relations),
        "personal_block": facts.personal_block,
    }


def effects_of(told: Explanation) -> str:
    """What happens besides, and by which rules: `` + limit (com)``; empty: nothing."""
    if not told.decision.effects:
        return ""
    keys = [rule.key for rule in told.added]
    by = f" ({', '.join(keys)})" if keys else ""
    return f" + {', '.join(sorted(told.decision.effects))}{by}"


def decided_by(decision: Decision) -> str:
    by = decision.decided_by
    return by.value if isinstance(by, Builtin) else by.key


def explanation_facts(told: Explanation) -> Mapping[str, object]:
    """One decision for scripts: who decided, on which facts, and what each rule said."""
    by = told.decision.decided_by
    return {
        "decision": told.decision.verdict.name.lower(),
        "rule": decided_by(told.decision),
        "reason": by.reason_public if isinstance(by, Rule) else "",
        "effects": sorted(told.decision.effects),
        "facts": known_facts(told.facts),
        "rules": [
            {"rule": o.rule.key, "source": o.rule.source, "said": o.said.value, "part": o.part}
            for o in told.opinions
        ],
    }
