"""So many in a period: what is within it, what is beyond, and who is counted together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fedinet.kernel.errors import Malformed, Unprocessable
from fedinet.kernel.ids import ActorUri, Domain
from fedinet.policy.document import RuleDocument, read_rule
from fedinet.policy.model import (
    Effect,
    Envelope,
    Facts,
    Mode,
    Rate,
    RatePer,
    Rule,
    Scope,
    Tier,
    Verdict,
    When,
)
from fedinet.policy.rates.model import Window, read_rate, used, wait_s
from fedinet.policy.rates.tally import Tally
from fedinet.policy.ruleset import compile_rules

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
HOURLY = Rate(count=20, period=timedelta(hours=1))
FOLLOW = Envelope(
    scope=Scope.INBOUND,
    domain=Domain("a.evil.example"),
    now=NOON,
    actor=ActorUri("https://a.evil.example/eve"),
    activity="Follow",
)


@pytest.mark.parametrize(
    ("raw", "count", "period"),
    [("20/h", 20, timedelta(hours=1)), ("100/10m", 100, timedelta(minutes=10)),
     ("5/7d", 5, timedelta(days=7))],
)  # fmt: skip
def test_a_rate_is_read(raw: str, count: int, period: timedelta) -> None:
    assert read_rate(raw, RatePer.ACTOR) == Rate(count=count, period=period, per=RatePer.ACTOR)


@pytest.mark.parametrize("raw", ["", "h", "0/h", "20", "20/0h", "20/w", "20/h ", "-1/h", "1e3/h"])
def test_what_is_no_rate_is_refused(raw: str) -> None:
    with pytest.raises(Malformed):
        read_rate(raw, RatePer.ACTOR)


@pytest.mark.parametrize(
    ("window", "minutes", "expected"),
    [
        pytest.param(None, 0, 0, id="nothing yet"),
        pytest.param(Window(NOON, 7), 59, 7, id="all of the running hour"),
        pytest.param(Window(NOON, 7), 60, 7, id="the hour before counts whole at the turn"),
        pytest.param(Window(NOON, 8), 90, 4, id="and half in the middle"),
        pytest.param(Window(NOON, 500), 90, 10, id="what was beyond does not count on"),
        pytest.param(Window(NOON, 500), 120, 0, id="two hours later it is forgotten"),
        pytest.param(Window(NOON, 3, 20), 45, 8, id="both hours add up"),
        pytest.param(Window(NOON + timedelta(hours=1), 5), 30, 5, id="a clock that is behind"),
    ],
)
def test_how_much_of_a_rate_is_used(window: Window | None, minutes: int, expected: int) -> None:
    assert used(window, HOURLY, NOON + timedelta(minutes=minutes)) == expected


@pytest.mark.parametrize("window", [Window(NOON, 20), Window(NOON, 400, 20), Window(NOON, 1, 20),
                                    Window(NOON, 10, 15), Window(NOON, 19, 20)])  # fmt: skip
def test_whoever_waits_as_long_as_told_is_within_the_rate(window: Window) -> None:
    at = NOON + timedelta(minutes=3)
    told = wait_s(window, HOURLY, at)
    assert used(window, HOURLY, at) >= 20 > used(window, HOURLY, at + timedelta(seconds=told))
    assert used(window, HOURLY, at + timedelta(seconds=told - 2)) >= 20


@pytest.mark.parametrize(("per", "held"), [("actor", 0), ("server", 2), ("domain", 3), ("all", 4)])
def test_who_is_counted_together(per: str, held: int) -> None:
    tally, rules = Tally(), compile_rules([quota(2, per)], mode=Mode.OPEN)
    senders = ("a.evil.example/1", "a.evil.example/2", "a.evil.example/3", "a.evil.example/4",
               "b.evil.example/5", "other.example/6")  # fmt: skip
    decided = [tally.decide(said_by(sender), Facts(), rules) for sender in senders]
    assert [one.verdict for one in decided].count(Verdict.HOLD) == held


def test_what_takes_back_is_never_counted_and_a_new_period_begins_anew() -> None:
    tally, rules = Tally(), compile_rules([quota(1, "actor")], mode=Mode.OPEN)
    undo = replace(FOLLOW, activity="Undo", is_shrinking=True)
    later = replace(FOLLOW, now=NOON + timedelta(hours=2))
    asked = [undo, FOLLOW, FOLLOW, undo, later]
    assert [tally.decide(one, Facts(), rules).verdict.name for one in asked] == [
        "ACCEPT", "ACCEPT", "HOLD", "ACCEPT", "ACCEPT",
    ]  # fmt: skip


def test_a_steward_s_own_word_comes_before_quotas() -> None:
    welcome = Rule(id=2, verdict=Verdict.ACCEPT, when=When(domains=(Domain("evil.example"),)))
    rules, tally = compile_rules([quota(1, "all"), welcome], mode=Mode.OPEN), Tally()
    assert {tally.decide(FOLLOW, Facts(), rules).verdict for _ in range(5)} == {Verdict.ACCEPT}


def test_a_rule_with_a_rate_is_a_quota_on_what_comes_in() -> None:
    rule = read_rule(RuleDocument(key="q", rate="20/h", verdict="defer", activities=["Follow"]))
    assert (rule.tier, rule.scopes) == (Tier.FIRST_CONTACT, {Scope.INBOUND})
    assert read_rule(RuleDocument(key="q", rate="20/h", verdict="hold")).when == When()
    assert not read_rule(
        RuleDocument(key="q", rate="9/d", verdict="reject", domains=["a.example"])
    ).is_about_servers_only


@pytest.mark.parametrize(
    "document",
    [
        RuleDocument(key="q", verdict="defer", domains=["a.example"]),
        RuleDocument(key="q", verdict="accept", rate="1/h"),
        RuleDocument(key="q", verdict="hold", rate="1/h", scopes=["out"]),
        RuleDocument(key="q", effects=[Effect.FREEZE_FOLLOWS], rate="1/h"),
        RuleDocument(key="q", verdict="reject", effects=[Effect.SEVER_FOLLOWS], rate="1/h"),
    ],
)
def test_what_a_rate_cannot_do_is_refused(document: RuleDocument) -> None:
    with pytest.raises(Unprocessable):
        read_rule(document)


def quota(count: int, per: str) -> Rule:
    rate = Rate(count=count, period=timedelta(hours=1), per=RatePer(per))
    when = When(activities=("Follow",))
    return Rule(id=1, tier=Tier.FIRST_CONTACT, verdict=Verdict.HOLD, when=when, rate=rate)


def said_by(sender: str) -> Envelope:
    host = Domain(sender.partition("/")[0])
    return replace(FOLLOW, domain=host, actor=ActorUri(f"https://{sender}"))
