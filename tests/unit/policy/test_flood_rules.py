"""The panic switch, the drafts and the detectors against the replays that ship with the project."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import cache

import msgspec
import pytest

from fedinet.policy.document import RuleDocument, read_rule
from fedinet.policy.floods.detectors import (
    FRESH,
    LOOKED_BACK,
    Total,
    alarms,
    new_server,
    sightings_of,
)
from fedinet.policy.floods.rules import panic_rules, rule_against
from fedinet.policy.model import AlertKind, Decision, Mode, Relation, Verdict
from fedinet.policy.past.replay import read_replay, records
from fedinet.policy.past.seen import Part
from fedinet.policy.rates.tally import Tally
from fedinet.policy.ruleset import compile_rules

Labelled = tuple[str, Part]


def test_the_panic_switch_holds_the_wave_and_touches_nobody_whom_members_know() -> None:
    came = replayed("mention-wave")
    decided = by_label(came, panic_rules(came[0][1].envelope.now + timedelta(days=1)))
    assert held(decided["wave"]) > 0.99 * len(decided["wave"])
    assert held(decided["ordinary"]) == held(decided["taken back"]) == 0
    assert held(decided["strangers"]) == len(decided["strangers"])


def test_the_panic_switch_ends_by_itself() -> None:
    came = replayed("mention-wave")
    decided = by_label(came, panic_rules(came[0][1].envelope.now))
    assert sum(held(some) for some in decided.values()) == 0


@pytest.mark.parametrize(
    ("replay", "kind", "subject", "least"),
    [
        pytest.param("mention-wave", AlertKind.MENTION_WAVE, "", 0.99, id="spam wave"),
        pytest.param("follow-flood", AlertKind.FOLLOW_FLOOD, "flood.example", 0.99, id="follows"),
        pytest.param("subdomain-bomb", AlertKind.NEW_SERVERS, "bomb.example", 0.99, id="bomb"),
        pytest.param("hellthread", AlertKind.HELLTHREAD, "", 0.9, id="hellthread"),
    ],
)
def test_each_flood_is_noticed_and_its_draft_is_against_it(
    replay: str, kind: AlertKind, subject: str, least: float
) -> None:
    came = replayed(replay)
    noticed = {(alarm.kind, alarm.subject) for alarm in alarms(counted(came))}
    assert (kind, subject) in noticed
    assert alarms(counted(one for one in came if one[0] == "ordinary")) == []

    draft = rule_against(kind, subject)
    assert draft.draft and draft.source == f"detector:{kind.value}"
    decided = by_label(came, [msgspec.structs.replace(draft, draft=False)])
    assert kept_out(decided["wave"]) > least * len(decided["wave"])
    assert kept_out(decided["ordinary"]) == 0


def by_label(
    came: Iterable[Labelled], rules: Iterable[RuleDocument]
) -> defaultdict[str, list[Decision]]:
    """Decide in the open mode, with all alerts open, in the order in which it came."""
    ruleset = compile_rules(
        [read_rule(rule, number) for number, rule in enumerate(rules)], mode=Mode.OPEN
    )
    tally, decided = Tally(), defaultdict[str, list[Decision]](list)
    for label, part in came:
        facts = replace(part.facts, alerts=frozenset(AlertKind))
        decided[label].append(tally.decide(part.envelope, facts, ruleset))
    return decided


@cache
def replayed(name: str) -> tuple[Labelled, ...]:
    return tuple((one.label, one.seen.parts[0]) for one in records(read_replay(name)))


def counted(came: Iterable[Labelled]) -> list[Total]:
    """What the database would have counted in the first hour: ``sightings_store`` in small."""
    seen: defaultdict[tuple[AlertKind, str], Counter[str]] = defaultdict(Counter)
    came = list(came)
    end = came[0][1].envelope.now + LOOKED_BACK
    for _, part in came:
        envelope, facts = part.envelope, part.facts
        if envelope.now >= end:
            break
        first = facts.actor_first_seen
        is_new = first is None or envelope.now - first < FRESH
        for one in sightings_of(envelope):
            if one.kind is not AlertKind.MENTION_WAVE or (
                is_new and facts.relations == {Relation.STRANGER}
            ):
                seen[one.kind, one.subject][one.source] += 1
        server = facts.server_first_seen
        if server is None or envelope.now - server < LOOKED_BACK:
            one = new_server(envelope.domain)
            seen[one.kind, one.subject][one.source] += 1
    return [
        Total(kind, subject, sources.total(), len(sources), ())
        for (kind, subject), sources in seen.items()
    ]


def held(decisions: Iterable[Decision]) -> int:
    return sum(decision.verdict is Verdict.HOLD for decision in decisions)


def kept_out(decisions: Iterable[Decision]) -> int:
    return sum(decision.verdict is not Verdict.ACCEPT for decision in decisions)
