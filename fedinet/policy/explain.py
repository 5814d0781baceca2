"""Why a decision came out as it did: the one rule that decided, and what each other said. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fedinet.policy.engine import adding, decide
from fedinet.policy.matching import covers, tests_of
from fedinet.policy.model import Decision, Envelope, Facts, Rule
from fedinet.policy.ruleset import Ruleset


class Said(StrEnum):
    """What a rule had to say in one case."""

    DECIDED = "decided"
    ADDED = "added"
    """It holds, and its effects are part of what happens; something else gave the verdict."""
    HEARD = "heard"
    """It holds, and changes nothing: another one gave the verdict."""
    SPOKEN_FOR = "spoken_for"
    """It holds, and is not heard: a steward's rule about this server comes before lists."""
    WITHIN_RATE = "within_rate"
    EXPIRED = "expired"
    OTHER_SCOPE = "other_scope"
    FAILED = "failed"
    """A part of its condition does not hold: ``part`` names the first."""


_FIRST: Final = {Said.DECIDED: 0, Said.ADDED: 1}


@dataclass(frozen=True, slots=True)
class Opinion:
    """One rule's part in a decision. ``part`` is a field of ``When``, or empty."""

    rule: Rule
    said: Said
    part: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with all that led to it. ``opinions``: the deciding one first, then those that
    add to it, then by rule.
    """

    envelope: Envelope
    facts: Facts
    decision: Decision
    opinions: tuple[Opinion, ...]

    @property
    def added(self) -> tuple[Rule, ...]:
        """Rules that add effects to what something else decided."""
        return tuple(one.rule for one in self.opinions if one.said is Said.ADDED)


def explain(envelope: Envelope, facts: Facts, rules: Ruleset) -> Explanation:
    """Decide, and say why. Rules about other servers alone are passed over: there may be 50,000."""
    decision = decide(envelope, facts, rules)
    opinions = sorted(
        _opinions(envelope, facts, rules, decision),
        key=lambda opinion: (_FIRST.get(opinion.said, len(_FIRST)), opinion.rule.id),
    )
    return Explanation(envelope, facts, decision, tuple(opinions))


def _opinions(
    envelope: Envelope, facts: Facts, rules: Ruleset, decision: Decision
) -> Iterator[Opinion]:
    heard = {rule.id for rule in decision.matched}
    adds = {rule.id for rule in adding(decision.matched, decision.decided_by)}
    for rule in rules.rules:
        when = rule.when
        if when.is_about_servers_only and not any(
            covers(domain, envelope.domain, exact=when.exact) for domain in when.domains
        ):
            continue
        if rule is decision.decided_by:
            yield Opinion(rule, Said.DECIDED)
        elif rule.id in adds:
            yield Opinion(rule, Said.ADDED)
        elif rule.id in heard:
            yield Opinion(rule, Said.HEARD)
        else:
            yield _unheard(rule, envelope, facts)


def _unheard(rule: Rule, envelope: Envelope, facts: Facts) -> Opinion:
    if rule.expires_at is not None and rule.expires_at <= envelope.now:
        return Opinion(rule, Said.EXPIRED)
    if envelope.scope not in rule.scopes:
        return Opinion(rule, Said.OTHER_SCOPE)
    for part, test in tests_of(rule.when):
        if not test(envelope, facts):
            return Opinion(rule, Said.FAILED, part)
    if rule.rate is not None and facts.used.get(rule.id, 0) < rule.rate.count:
        return Opinion(rule, Said.WITHIN_RATE)
    return Opinion(rule, Said.SPOKEN_FOR)
