"""The order of rules and what happens on ties, as a table (docs/policy.md)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedinet.kernel.ids import ActorUri, Domain
from fedinet.policy.engine import decide
from fedinet.policy.matching import covers, words_of
from fedinet.policy.model import (
    Builtin,
    Effect,
    Envelope,
    Facts,
    Mode,
    Rate,
    Relation,
    Rule,
    Scope,
    Tier,
    Verdict,
    When,
)
from fedinet.policy.ruleset import compile_rules

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HOST = Domain("social.evil.example")
SENDER = ActorUri("https://social.evil.example/users/eve")
CREATE = Envelope(
    scope=Scope.INBOUND,
    domain=HOST,
    now=NOW,
    actor=SENDER,
    activity="Create",
    object="Note",
    audience="everyone",
    text="Buy now, dear friends",
    words=frozenset(words_of("Buy now, dear friends")),
    tags=frozenset({"offer"}),
    mentions=6,
    language="en-GB",
    published=NOW,
    signature="cavage",
    media_hashes=frozenset({"UBL_:rOpGG-oBUNG"}),
)
STRANGER = Facts(
    server_first_seen=NOW - timedelta(hours=2), followers=0, software="mastodon", version=(4, 2, 10)
)


def rule(number: int, verdict: Verdict | None, /, *, tier: Tier = Tier.MANUAL, **rest: Any) -> Rule:
    fields = {key: rest.pop(key) for key in list(rest) if key in When.__dataclass_fields__}
    return Rule(id=number, tier=tier, verdict=verdict, when=When(**fields), **rest)


EVIL, PARENT = (HOST,), (Domain("evil.example"),)
ACCEPT, HOLD, DROP, REJECT = Verdict.ACCEPT, Verdict.HOLD, Verdict.DROP, Verdict.REJECT
LISTED = {"tier": Tier.SUBSCRIPTION}


@pytest.mark.parametrize(
    ("rules", "decided_by", "verdict"),
    [
        pytest.param([rule(1, REJECT, domains=PARENT)], 1, REJECT, id="a sub-domain is covered"),
        pytest.param(
            [rule(1, REJECT, domains=(Domain("vil.example"),))],
            Builtin.MODE_OPEN, ACCEPT, id="a mere suffix is not"),
        pytest.param(
            [rule(1, REJECT, domains=PARENT, exact=True)],
            Builtin.MODE_OPEN, ACCEPT, id="exact covers no sub-domain"),
        pytest.param(
            [rule(1, REJECT, domains=PARENT), rule(2, ACCEPT, domains=EVIL)],
            2, ACCEPT, id="the host before the domain above it"),
        pytest.param(
            [rule(1, ACCEPT, domains=EVIL), rule(2, DROP, actors=(SENDER,))],
            2, DROP, id="the actor before the host"),
        pytest.param(
            [rule(1, ACCEPT, domains=(Domain("example"),)), rule(2, REJECT, domains=PARENT)],
            2, REJECT, id="the longer domain before the shorter"),
        pytest.param(
            [rule(1, HOLD, software=("Mastodon",)), rule(2, ACCEPT, domains=PARENT)],
            2, ACCEPT, id="a domain before software"),
        pytest.param(
            [rule(1, HOLD, relations=(Relation.STRANGER,)),
             rule(2, ACCEPT, software=("mastodon",), version_below=(4, 3))],
            2, ACCEPT, id="software before anything else"),
        pytest.param(
            [rule(1, DROP, met=False), rule(2, HOLD, ally=False)],
            1, DROP, id="the strictest where nothing is more telling"),
        pytest.param(
            [rule(1, ACCEPT, domains=EVIL), rule(2, REJECT, domains=EVIL)],
            2, REJECT, id="deny before allow on the same host"),
        pytest.param(
            [rule(1, HOLD, domains=EVIL), rule(2, HOLD, domains=EVIL)],
            1, HOLD, id="the older of equals"),
        pytest.param(
            [rule(1, None, domains=EVIL, effects=frozenset({Effect.LIMIT})),
             rule(2, REJECT, domains=PARENT)],
            2, REJECT, id="effects alone do not end the search"),
        pytest.param(
            [rule(1, ACCEPT, domains=EVIL), rule(2, REJECT, tier=Tier.HARD, domains=PARENT)],
            2, REJECT, id="hard rules before the stewards'"),
        pytest.param(
            [rule(1, ACCEPT, tier=Tier.ALLY, domains=EVIL), rule(2, REJECT, domains=EVIL)],
            2, REJECT, id="stewards before allies"),
        pytest.param(
            [rule(1, REJECT, domains=EVIL, **LISTED),
             rule(2, ACCEPT, tier=Tier.ALLY, domains=EVIL)],
            2, ACCEPT, id="allies before lists"),
        pytest.param(
            [rule(1, REJECT, domains=EVIL, priority=5, **LISTED),
             rule(2, ACCEPT, domains=EVIL, priority=1, **LISTED)],
            2, ACCEPT, id="lists by their priority"),
        pytest.param(
            [rule(1, REJECT, domains=EVIL, **LISTED),
             rule(2, None, domains=EVIL, effects=frozenset({Effect.LIMIT}))],
            Builtin.MODE_OPEN, ACCEPT, id="no list severs what a steward limits"),
        pytest.param(
            [rule(1, ACCEPT, domains=EVIL), rule(2, HOLD, tier=Tier.CONTENT, words=("buy now",))],
            2, HOLD, id="content makes it stricter"),
        pytest.param(
            [rule(1, DROP, domains=EVIL), rule(2, HOLD, tier=Tier.CONTENT, words=("buy now",))],
            1, DROP, id="content makes nothing milder"),
        pytest.param(
            [rule(1, REJECT, domains=EVIL, expires_at=NOW)],
            Builtin.MODE_OPEN, ACCEPT, id="expired to the instant"),
        pytest.param(
            [rule(1, REJECT, domains=EVIL, scopes=frozenset({Scope.MEDIA}))],
            Builtin.MODE_OPEN, ACCEPT, id="another scope"),
        pytest.param(
            [rule(1, HOLD, domains=EVIL, rate=Rate(count=3, period=timedelta(hours=1)))],
            Builtin.MODE_OPEN, ACCEPT, id="within the rate"),
    ],
)  # fmt: skip
def test_who_decides(rules: list[Rule], decided_by: int | Builtin, verdict: Verdict) -> None:
    for order in (rules, rules[::-1]):
        decision = decide(CREATE, STRANGER, compile_rules(order, mode=Mode.OPEN))
        found = decision.decided_by
        assert (found.id if isinstance(found, Rule) else found) == decided_by
        assert decision.verdict is verdict


@pytest.mark.parametrize(
    ("mode", "facts", "changes", "expected"),
    [
        pytest.param(Mode.OPEN, STRANGER, {"reaches_out": True}, ACCEPT, id="open"),
        pytest.param(Mode.CAUTIOUS, STRANGER, {"reaches_out": True}, HOLD, id="a stranger speaks"),
        pytest.param(Mode.CAUTIOUS, STRANGER, {}, ACCEPT, id="nobody here is spoken to"),
        pytest.param(Mode.CAUTIOUS, Facts(met=True), {"reaches_out": True}, ACCEPT, id="met"),
        pytest.param(Mode.CAUTIOUS, Facts(ally=True), {"reaches_out": True}, ACCEPT, id="ally"),
        pytest.param(Mode.CAUTIOUS, STRANGER, {"scope": Scope.FETCH}, ACCEPT, id="fetching"),
        pytest.param(Mode.CAUTIOUS, STRANGER, {"is_shrinking": True, "reaches_out": True}, ACCEPT,
                     id="taking back"),
        pytest.param(Mode.ALLIES, STRANGER, {}, REJECT, id="allies only"),
        pytest.param(Mode.ALLIES, STRANGER, {"scope": Scope.SERVE}, REJECT, id="nothing is served"),
        pytest.param(Mode.ALLIES, STRANGER, {"scope": Scope.SIGN_UP}, ACCEPT, id="signing up"),
        pytest.param(Mode.ALLIES, Facts(ally=True), {}, ACCEPT, id="an ally, of allies only"),
        pytest.param(Mode.CLOSED, Facts(ally=True), {}, REJECT, id="closed to allies too"),
        pytest.param(Mode.CLOSED, STRANGER, {"is_shrinking": True}, ACCEPT, id="closed; back"),
    ],
)  # fmt: skip
def test_modes(mode: Mode, facts: Facts, changes: dict[str, Any], expected: Verdict) -> None:
    envelope = Envelope(**{**_fields(CREATE), **changes})
    assert decide(envelope, facts, compile_rules([], mode=mode)).verdict is expected


def test_a_members_own_block_wins_over_an_ally() -> None:
    ally = rule(1, ACCEPT, tier=Tier.ALLY, domains=EVIL)
    decision = decide(CREATE, Facts(personal_block=True), compile_rules([ally], mode=Mode.OPEN))
    assert (decision.verdict, decision.decided_by) == (DROP, Builtin.PERSONAL_BLOCK)
    both = Facts(personal_block=True, ally=True)
    mutual = decide(CREATE, both, compile_rules([], mode=Mode.ALLIES))
    assert mutual.decided_by is Builtin.PERSONAL_BLOCK


@pytest.mark.parametrize(
    ("given", "decided_by", "effects"),
    [
        (rule(1, REJECT, domains=EVIL), 1, set()),
        (rule(1, REJECT, domains=EVIL, **LISTED), Builtin.ALLY, set()),
        (rule(1, None, domains=EVIL, effects=frozenset({Effect.LIMIT})), Builtin.ALLY, {"limit"}),
        (
            rule(1, None, domains=EVIL, effects=frozenset({Effect.LIMIT}), **LISTED),
            Builtin.ALLY,
            set(),
        ),
        (rule(1, DROP, mentions=5, tier=Tier.CONTENT), 1, set()),
    ],
)
def test_stewards_rules_are_heard_about_an_ally_and_lists_are_not(
    given: Rule, decided_by: int | Builtin, effects: set[str]
) -> None:
    decision = decide(CREATE, Facts(ally=True), compile_rules([given], mode=Mode.CAUTIOUS))
    by = decision.decided_by
    assert (by.id if isinstance(by, Rule) else by) == decided_by
    assert decision.effects == effects


def test_effects_add_up_as_far_as_the_search_went() -> None:
    rules = [
        rule(1, None, domains=PARENT, effects=frozenset({Effect.STRIP_MEDIA})),
        rule(2, ACCEPT, domains=EVIL, effects=frozenset({Effect.LIMIT})),
        rule(
            3,
            REJECT,
            tier=Tier.SUBSCRIPTION,
            domains=EVIL,
            effects=frozenset({Effect.FREEZE_FOLLOWS}),
        ),
        rule(4, None, tier=Tier.CONTENT, tags=("#Offer",), effects=frozenset({Effect.UNLIST})),
    ]
    decision = decide(CREATE, STRANGER, compile_rules(rules, mode=Mode.OPEN))
    assert decision.effects == {Effect.STRIP_MEDIA, Effect.LIMIT, Effect.UNLIST}


def test_a_rate_counts_and_applies_to_what_is_beyond() -> None:
    quota = rule(1, HOLD, domains=EVIL, rate=Rate(count=3, period=timedelta(hours=1)))
    rules = compile_rules([quota], mode=Mode.OPEN)
    within = decide(CREATE, Facts(used={1: 2}), rules)
    beyond = decide(CREATE, Facts(used={1: 3}), rules)
    assert (within.verdict, within.counted) == (ACCEPT, (1,))
    assert (beyond.verdict, beyond.counted) == (HOLD, (1,))


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ({"words": ("dear FRIENDS",)}, True),
        ({"words": ("dear friend",)}, False),
        ({"words": ("ear friends",)}, False),
        ({"tags": ("#OFFER",)}, True),
        ({"languages": ("EN",)}, True),
        ({"mentions": 6}, True),
        ({"mentions": 7}, False),
        ({"followers_below": 1}, True),
        ({"server_accounts_below": 10}, False),  # unknown
        ({"server_younger_than": timedelta(hours=3)}, True),
        ({"actor_younger_than": timedelta(days=1)}, False),  # unknown
        ({"relations": (Relation.STRANGER, Relation.TALKED)}, True),
        ({"activities": ("Follow",)}, False),
        ({"activities": ("Create",), "objects": ("Note",), "audiences": ("everyone",)}, True),
        ({"object_older_than": timedelta(days=1)}, False),
        ({"hours": (22, 6)}, False),
        ({"hours": (11, 13)}, True),
        ({"met": False, "ally": False}, True),
        ({"media": 1}, False),
        ({"size_bytes": 1}, False),
        ({"links": 1}, False),
        ({"link_domains": (Domain("example"),)}, False),
        ({"software": ("MASTODON",), "actor_kinds": ("Service",)}, False),
        ({"signatures": ("rfc9421",)}, False),
        ({"signatures": ("cavage", "proof")}, True),
        ({"software": ("mastodon",), "version_below": (4, 3)}, True),
        ({"software": ("mastodon",), "version_below": (4, 2, 10)}, False),
        ({"software": ("misskey",), "version_below": (4, 3)}, False),
        ({"media_hashes": ("UBL_:rOpGG-oBUNG", "zQmOther")}, True),
        ({"media_hashes": ("UBL_:rOpGG-oBUN",)}, False),
        ({"relations": (Relation.MUTUAL,)}, False),
        ({"lists": ("worst",)}, False),
    ],
)
def test_conditions(when: dict[str, Any], holds: bool) -> None:
    rules = compile_rules([rule(1, HOLD, tier=Tier.CONTENT, **when)], mode=Mode.OPEN)
    assert (decide(CREATE, STRANGER, rules).verdict is HOLD) is holds


@pytest.mark.parametrize(
    ("domain", "host", "expected"),
    [
        ("example.org", "example.org", True),
        ("example.org", "a.b.example.org", True),
        ("example.org", "notexample.org", False),
        ("example.org", "example.org.evil", False),
        ("example.org", "a.example.org:8443", True),
        ("example.org:8443", "example.org", False),
        ("example.org:8443", "a.example.org:8443", True),
    ],
)
def test_covers(domain: str, host: str, expected: bool) -> None:
    assert covers(Domain(domain), Domain(host)) is expected


HOSTS = st.lists(st.sampled_from(["a", "b", "evil", "example"]), min_size=1, max_size=4).map(
    lambda labels: Domain(".".join(labels))
)


@given(st.lists(st.tuples(HOSTS, st.sampled_from(Verdict), st.booleans()), max_size=8), HOSTS)
def test_look_up_says_what_trying_every_rule_says(
    raw: list[tuple[Domain, Verdict, bool]], host: Domain
) -> None:
    rules = [
        rule(number, verdict, domains=(domain,), exact=exact)
        for number, (domain, verdict, exact) in enumerate(raw)
    ]
    envelope = Envelope(**{**_fields(CREATE), "domain": host})
    decision = decide(envelope, STRANGER, compile_rules(rules, mode=Mode.OPEN))
    held = {r.id for r, (domain, _, exact) in zip(rules, raw, strict=True)
            if host == domain or (not exact and host.endswith(f".{domain}"))}  # fmt: skip
    assert {r.id for r in decision.matched} == held


def _fields(envelope: Envelope) -> dict[str, Any]:
    return {name: getattr(envelope, name) for name in Envelope.__dataclass_fields__}
