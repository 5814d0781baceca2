"""What the log keeps of an activity is enough to decide again, and holds no words."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from fedinet.kernel.ids import ActorUri, Domain
from fedinet.policy.engine import decide
from fedinet.policy.model import (
    Decision,
    Effect,
    Envelope,
    Facts,
    Mode,
    Relation,
    Rule,
    Scope,
    Verdict,
    When,
)
from fedinet.policy.past import seen
from fedinet.policy.past.seen import Part, Seen
from fedinet.policy.ruleset import compile_rules

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OUTSIDE = Envelope(
    scope=Scope.INBOUND, domain=Domain("a.example"), now=NOW,
    actor=ActorUri("https://a.example/bo"), activity="Create", object="Note", audience="everyone",
    reaches_out=True, mentions=3, links=2, link_domains=(Domain("x.example"),), media=1,
    media_hashes=frozenset({"zQm"}), tags=frozenset({"craft"}),
    text="buy now", words=frozenset({"buy", "now"}), language="en",
    published=NOW - timedelta(hours=1), size_bytes=900,
)  # fmt: skip
FACTS = Facts(
    met=True, software="mastodon", server_first_seen=NOW - timedelta(9), server_accounts=4,
    actor_kind="Person", actor_published=NOW - timedelta(3), actor_first_seen=NOW,
    relations=frozenset({Relation.FOLLOWED, Relation.TALKED}), personal_block=True, used={7: 3},
)  # fmt: skip


@pytest.mark.parametrize(
    ("envelope", "facts"),
    [
        pytest.param(OUTSIDE, FACTS, id="all of it"),
        pytest.param(replace(OUTSIDE, tags=frozenset(), published=None), Facts(), id="little"),
        pytest.param(replace(OUTSIDE, is_shrinking=True, activity="Delete"), FACTS, id="shrinking"),
    ],
)
def test_all_but_the_words_is_read_as_it_was_written(envelope: Envelope, facts: Facts) -> None:
    rules = compile_rules([], mode=Mode.CAUTIOUS, version=5)
    [part] = back(envelope, facts, decide(envelope, facts, rules)).parts
    assert part == Part(envelope=replace(envelope, text="", words=frozenset()), facts=facts)


@pytest.mark.parametrize("audience", ["followers", "mentioned"])
def test_of_what_is_not_for_everybody_only_counts_are_kept(audience: str) -> None:
    private = replace(OUTSIDE, audience=audience)
    stored = written(private, FACTS)
    assert (
        "craft" not in stored
        and "zQm" not in stored
        and "x.example" not in stored
        and "buy" not in stored
    )
    kept = seen.read(stored, private).envelope
    assert (kept.links, kept.mentions, kept.media) == (2, 3, 1)


def test_whoever_decided_is_named_with_what_it_did() -> None:
    rule = Rule(
        id=1, key="released", when=When(mentions=3), verdict=Verdict.HOLD,
        effects=frozenset({Effect.STRIP_MEDIA}),
    )  # fmt: skip
    decision = decide(OUTSIDE, replace(FACTS, personal_block=False), compile_rules(
        [rule], mode=Mode.OPEN
    ))  # fmt: skip
    told = back(OUTSIDE, FACTS, decision)
    assert (told.verdict, told.by, told.is_rule, told.effects, told.version) == (
        Verdict.HOLD, "released", True, frozenset({Effect.STRIP_MEDIA}), 5,
    )  # fmt: skip
    let_in = seen.read(seen.written_released(), OUTSIDE)
    assert (let_in.by, let_in.is_rule, let_in.verdict) == (seen.RELEASED, False, Verdict.ACCEPT)


def test_what_an_activity_carries_comes_along() -> None:
    group = replace(OUTSIDE, activity="Announce", object="Create")
    inner = replace(
        OUTSIDE, domain=Domain("b.example"), actor=ActorUri("https://b.example/cleo"), text="",
        words=frozenset(),
    )  # fmt: skip
    parts = [Part(envelope=group, facts=FACTS), Part(envelope=inner, facts=Facts())]
    rules = compile_rules([], mode=Mode.OPEN)
    stored = seen.written(parts, decide(group, FACTS, rules), 5)
    assert seen.read(stored, group).parts[1] == parts[1]


def test_a_flood_of_subjects_is_cut() -> None:
    many = replace(OUTSIDE, tags=frozenset({*map(str, range(2000)), "y" * 101}))
    kept = back(many, FACTS, decide(many, FACTS, compile_rules([], mode=Mode.OPEN))).envelope.tags
    assert len(kept) == seen.MOST_KEPT and "y" * 101 not in kept


def test_every_part_of_an_envelope_has_its_place() -> None:
    """A part that is new must be put somewhere: kept, kept of what is public, or never kept."""
    kept = {
        "audience", "is_shrinking", "reaches_out", "mentions", "links", "media", "language",
        "published", "signature",
    }  # fmt: skip
    places = [kept, seen.BESIDE, seen.WORDS, seen.SAID]
    assert sorted(name for place in places for name in place) == sorted(
        one.name for one in fields(Envelope)
    )


def written(envelope: Envelope, facts: Facts) -> str:
    decision = decide(envelope, facts, compile_rules([], mode=Mode.OPEN))
    return seen.written([Part(envelope=envelope, facts=facts)], decision, 5)


def back(envelope: Envelope, facts: Facts, decision: Decision) -> Seen:
    stored = seen.written([Part(envelope=envelope, facts=facts)], decision, 5)
    return seen.read(stored, envelope)
