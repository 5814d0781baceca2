"""What other rules would have done: the shipped replays, what is told of them, and bad files."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fedinet.kernel.ids import ActorUri, Domain
from fedinet.policy.model import (
    Effect,
    Envelope,
    Facts,
    Mode,
    Rate,
    RatePer,
    Relation,
    Rule,
    Scope,
    Tier,
    Verdict,
    When,
)
from fedinet.policy.past.replay import BadReplay, read_replay, records, shipped
from fedinet.policy.past.seen import Part, Seen
from fedinet.policy.past.simulation import Fate, Outcome, Record, Simulation
from fedinet.policy.ruleset import Ruleset, compile_rules
from tests import replays

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OPEN = compile_rules([], mode=Mode.OPEN)
CAUTIOUS = compile_rules([], mode=Mode.CAUTIOUS)
HEAD = b'{"replay":1,"name":"x"}\n'
LINE = b'{"at":"2026-11-20T12:00:00Z","domain":"a.example","actor":"https://a.example/b",'


@pytest.mark.parametrize("name", ["mention-wave", "subdomain-bomb"])
def test_the_cautious_mode_holds_a_wave_and_nothing_of_people_who_are_followed(name: str) -> None:
    told = replayed(name, CAUTIOUS)
    wave = told.labels["wave"]
    assert wave[Fate.HELD] > 0.99 * sum(wave.values())
    assert set(told.labels["ordinary"]) == {Fate.LET_IN}
    assert told.followed == 0 and told.changed == told.stricter > 0


def test_a_rate_is_counted_by_the_times_of_the_replay() -> None:
    quota = rule(
        Verdict.REJECT, When(activities=("Follow",)), tier=Tier.FIRST_CONTACT,
        rate=Rate(count=100, period=timedelta(hours=1), per=RatePer.DOMAIN),
    )  # fmt: skip
    told = replayed("follow-flood", compile_rules([quota], mode=Mode.OPEN))
    wave = told.labels["wave"]
    assert 100 <= wave[Fate.LET_IN] <= 220 and wave[Fate.REFUSED] > 4700
    assert set(told.labels["ordinary"]) == {Fate.LET_IN}


def test_a_hellthread_is_found_by_its_mentions() -> None:
    many = rule(Verdict.HOLD, When(mentions=20), tier=Tier.CONTENT)
    told = replayed("hellthread", compile_rules([many], mode=Mode.OPEN))
    assert set(told.labels["wave"]) == {Fate.HELD} and set(told.labels["ordinary"]) == {Fate.LET_IN}


def test_the_shipped_replays_are_those_that_are_made_here() -> None:
    assert [one.name for one in shipped()] == sorted(replays.REPLAYS)
    for name, make in replays.REPLAYS.items():
        assert gzip.decompress(read_replay(name)) == replays.written(make), name


def test_what_was_decided_then_is_compared_where_no_other_rules_are_given() -> None:
    was = [record(1, Verdict.HOLD), record(2), record(3, effects=frozenset({Effect.LIMIT}))]
    told = simulated(Simulation(OPEN), was)
    assert told.cells == {
        (Fate.HELD, Fate.LET_IN): 1, (Fate.LET_IN, Fate.LET_IN): 1, (Fate.QUIETER, Fate.LET_IN): 1,
    }  # fmt: skip
    assert (told.changed, told.stricter, told.first, told.last) == (2, 0, NOW, NOW)


def test_what_may_be_a_mistake_is_shown_first_and_counted() -> None:
    friend = frozenset({Relation.FOLLOWED})
    loud = compile_rules([rule(Verdict.REJECT, When(domains=(Domain("a.example"),)))],
                         mode=Mode.OPEN)  # fmt: skip
    simulation = Simulation(loud, OPEN)
    changed = simulation.decide(
        [*(record(n) for n in range(10)), record(11, relations=friend), record(12)]
    )
    simulation.show([replace(one, is_answered=one.record.number == 12) for one in changed])
    told = simulation.outcome()
    assert (told.followed, told.answered, told.stricter) == (1, 1, 12)
    assert [one.record.number for one in told.examples] == [11, 12, 0, 1, 2]
    assert told.examples[0].by == "k" and told.servers[0][1].stricter == 12


def test_what_could_not_be_asked_is_counted() -> None:
    words = compile_rules([rule(Verdict.HOLD, When(words=("casino",)), tier=Tier.CONTENT)],
                          mode=Mode.OPEN)  # fmt: skip
    told = simulated(
        Simulation(words, OPEN), [record(1), replace(record(2), text="My casino is open")]
    )
    assert (told.wordless, told.cells[Fate.LET_IN, Fate.HELD]) == (1, 1)
    tags = compile_rules([rule(Verdict.HOLD, When(tags=("x",)), tier=Tier.CONTENT)], mode=Mode.OPEN)
    told = simulated(Simulation(tags, OPEN), [record(1), record(2, audience="mentioned")])
    assert told.wordless == 1


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        pytest.param(b"", "first line", id="empty"),
        pytest.param(b'{"name":"x"}\n', "first line", id="another file"),
        pytest.param(HEAD + b"{\n", "Line 2", id="no JSON"),
        pytest.param(HEAD + LINE + b'"activity":1}', "Line 2", id="a wrong kind"),
        pytest.param(HEAD + LINE + b'"activity":"Like","outside":{"mentions":"x"}}', "Line 2",
                     id="a wrong part"),
        pytest.param(HEAD + LINE + b'"activity":"Like"}\n' + LINE.replace(b"12:", b"11:")
                     + b'"activity":"Like"}\n', "Line 3: it is older", id="back in time"),
        pytest.param(HEAD + b"x" * 100_001, "longer than", id="a long line"),
        pytest.param(gzip.compress(HEAD + LINE + b'"activity":"Like"}')[:-12], "damaged",
                     id="cut off"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_with_its_line(raw: bytes, said: str) -> None:
    with pytest.raises(BadReplay) as refused:
        list(records(raw))
    assert said in refused.value.public % (refused.value.values or {})


def replayed(name: str, rules: Ruleset) -> Outcome:
    return simulated(Simulation(rules, OPEN), list(records(read_replay(name))))


def simulated(simulation: Simulation, given: list[Record]) -> Outcome:
    simulation.show(simulation.decide(given))
    return simulation.outcome()


def rule(
    verdict: Verdict, when: When, *, tier: Tier = Tier.MANUAL, rate: Rate | None = None
) -> Rule:
    return Rule(id=1, key="k", verdict=verdict, when=when, tier=tier, rate=rate)


def record(
    number: int,
    verdict: Verdict = Verdict.ACCEPT,
    *,
    effects: frozenset[Effect] = frozenset(),
    relations: frozenset[Relation] = frozenset({Relation.STRANGER}),
    audience: str = "everyone",
) -> Record:
    envelope = Envelope(
        scope=Scope.INBOUND, domain=Domain("a.example"), now=NOW, activity="Create", object="Note",
        actor=ActorUri("https://a.example/bo"), audience=audience,
    )  # fmt: skip
    part = Part(envelope=envelope, facts=Facts(relations=relations))
    return Record(seen=Seen(parts=(part,), verdict=verdict, effects=effects), number=number)
