"""What lists and allies say, laid on the rules there are: a table of all that may follow."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from fedinet.federation.rules.form import own
from fedinet.kernel.ids import Domain
from fedinet.policy.document import RuleDocument
from fedinet.policy.lists.document import ListDocument, ListsDocument, Retracted
from fedinet.policy.lists.entries import GRACE, with_parents
from fedinet.policy.lists.formats import Entry, Severity
from fedinet.policy.lists.subscriptions import Ground, Merge, Silence, Speaker, merge, speaker_of
from fedinet.policy.model import Effect

NOW = datetime(2026, 5, 3, tzinfo=UTC)
BAD = Domain("bad.example")


def test_what_lists_say_becomes_drafts_and_merging_again_changes_nothing() -> None:
    speakers = [spoken("one", suspend(), silence("loud.example"), noop("dull.example"))]
    first = merge(speakers, ground())
    assert [(rule.key, rule.draft, rule.tier, rule.priority) for rule in first.put] == [
        ("list:one:bad.example", True, "subscription", 100),
        ("list:one:loud.example", True, "subscription", 100),
    ]
    assert first.silent == {"dull.example": Silence.NOTHING}
    assert merge(speakers, ground(*first.put)) == Merge(silent=first.silent)


def test_where_members_follow_it_is_limited_and_looked_at_again() -> None:
    spoken_of = [spoken("one", suspend("follow.example"), suspend())]
    followed = with_parents([Domain("a.follow.example")])
    made = merge(spoken_of, ground(followed=followed))
    softer, plain = made.put
    assert made.softened == {"follow.example"} and plain.verdict == "reject"
    assert (softer.verdict, Effect.LIMIT in softer.effects, softer.review) == (
        None, True, NOW + GRACE,
    )  # fmt: skip
    assert "suspend" in softer.note
    # A steward's word: it is refused all the same, and no list takes that back.
    harder = msgspec.structs.replace(plain, key=softer.key, domains=softer.domains, draft=False)
    assert merge(spoken_of, ground(harder, plain, followed=followed)).proposals == ()


@pytest.mark.parametrize(
    ("said", "least", "then"),
    [
        (["suspend"], 1, "suspend"),
        (["suspend"], 2, None),
        (["suspend", "silence"], 2, "silence"),
        (["silence", "suspend"], 1, "silence"),  # the first to speak
        (["silence", "suspend", "suspend"], 2, "silence"),
        (["suspend", "silence", "suspend"], 2, "suspend"),
        (["suspend", "noop"], 2, None),
    ],
)
def test_so_many_lists_must_agree(said: list[str], least: int, then: str | None) -> None:
    speakers = [
        spoken(f"list{place}", entry(severity=Severity[word.upper()]), priority=place)
        for place, word in enumerate(said)
    ]
    made = merge(speakers, ground(least=least))
    got = None if not made.put else "suspend" if made.put[0].verdict else "silence"
    assert got == then


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (RuleDocument(key="x", domains=["example"], verdict="accept"), Silence.SPOKEN_FOR),
        (RuleDocument(key="x", domains=["bad.example"], verdict="hold", draft=True),
         Silence.SPOKEN_FOR),
        (RuleDocument(key="x", domains=["a.bad.example"], verdict="accept"), None),
        (RuleDocument(key="x", domains=["example"], verdict="accept", draft=True), None),
        (RuleDocument(key="x", domains=["bad.example"], verdict="reject", tier="ally",
                      source="ally:kin.example"), None),
        (RuleDocument(key="x", domains=["bad.example"], verdict="reject", tier="subscription",
                      source="orphan:old"), Silence.ORPHANED),
    ],
)  # fmt: skip
def test_rules_of_stewards_silence_lists(rule: RuleDocument, why: Silence | None) -> None:
    made = merge([spoken("one", suspend())], ground(rule))
    assert made.silent.get(BAD) is why and bool(made.put) is (why is None)


@pytest.mark.parametrize(
    ("of_list", "of_all", "ours", "why"),
    [
        ({"excludes": frozenset({Domain("example")})}, {}, (), Silence.EXCLUDED),
        ({}, {"excludes": frozenset({Domain("bad.example")})}, (), Silence.EXCLUDED),
        ({"declined": frozenset({BAD})}, {}, (), Silence.DECLINED),
        ({}, {}, (Domain("we.bad.example"),), Silence.OURS),
    ],
)
def test_what_lists_never_touch(
    of_list: dict[str, frozenset[Domain]],
    of_all: dict[str, frozenset[Domain]],
    ours: tuple[Domain, ...],
    why: Silence,
) -> None:
    made = merge([spoken("one", suspend(), **of_list)], ground(ours=ours, **of_all))  # type: ignore[arg-type]
    assert made.put == () and made.silent == {BAD: why}


def test_a_rule_in_force_changes_by_a_stewards_word_or_where_the_list_may() -> None:
    active = in_force(spoken("one", silence()))
    now_worse = spoken("one", suspend(), is_new=False)
    asked = merge([now_worse], ground(active))
    assert (asked.put, asked.remove) == ((), ())
    [proposal] = asked.proposals
    assert proposal.before == active
    assert proposal.after is not None and proposal.after.verdict == "reject"
    may = spoken("one", suspend(), is_new=False, drafts=False)
    [put] = merge([may], ground(active)).put
    assert (put.verdict, put.draft, put.key) == ("reject", False, active.key)
    [fresh] = merge([may], ground()).put
    assert not fresh.draft


@pytest.mark.parametrize(
    ("retracted", "then"),
    [
        (Retracted.ASK, "proposed"),
        (Retracted.REMOVE, "removed"),
        (Retracted.DRAFT, "orphaned"),
    ],
)
def test_what_is_listed_no_more(retracted: Retracted, then: str) -> None:
    active = in_force(spoken("one", suspend()))
    empty = spoken("one", suspend("other.example"), retracted=retracted, is_new=False)
    draft = msgspec.structs.replace(active, draft=True)
    assert merge([empty], ground(draft)).remove == (active.key,)
    made = merge([empty], ground(active))
    got = {
        "proposed": [(p.before, p.after) for p in made.proposals] == [(active, None)],
        "removed": made.remove == (active.key,),
        "orphaned": [(r.source, r.draft) for r in made.put if r.key == active.key]
        == [("orphan:one", True)],
    }
    assert [word for word, so in got.items() if so] == [then]


def test_another_list_takes_over_what_one_retracts_or_leaves_behind() -> None:
    active = in_force(spoken("one", suspend(), priority=1))
    two = spoken("two", suspend(), priority=2, adopt_orphans=True)
    silent_one = spoken("one", suspend("other.example"), priority=1)
    made = merge([silent_one, two], ground(active))
    moved = next(rule for rule in made.put if rule.domains == ["bad.example"])
    assert (moved.key, moved.source, moved.draft) == ("list:two:bad.example", "list:two", False)
    assert made.remove == (active.key,) and made.proposals == ()

    orphan = msgspec.structs.replace(active, source="orphan:one")
    adopted = merge([two], ground(orphan))
    assert adopted.put == (moved,) and adopted.remove == (orphan.key,)


def test_an_ally_speaks_in_its_own_tier() -> None:
    ally = Speaker(source="ally:kin.example", tier="ally", priority=0, entries=suspend_entries())
    [rule] = merge([ally], ground()).put
    assert (rule.key, rule.tier, rule.draft) == ("ally:kin.example:bad.example", "ally", True)


def test_what_a_steward_changes_is_the_stewards_own_and_silences_the_list() -> None:
    mine = own(in_force(spoken("one", suspend())))
    assert (mine.source, mine.tier, mine.key) == ("manual", None, "list:one:bad.example")
    made = merge([spoken("one", silence())], ground(mine))
    assert made == Merge(silent={BAD: Silence.SPOKEN_FOR})


@pytest.mark.parametrize(
    ("threshold", "lists", "least"),
    [("1", 0, 1), ("3", 2, 3), ("50%", 5, 3), ("100%", 4, 4), ("10%", 0, 1)],
)
def test_thresholds(threshold: str, lists: int, least: int) -> None:
    assert ListsDocument(threshold=threshold).least(lists) == least


def ground(*rules: RuleDocument, **more: object) -> Ground:
    return Ground(**{"rules": rules, "followed": (), "ours": (), "now": NOW, **more})  # type: ignore[arg-type]


def spoken(name: str, *entries: Entry, **more: object) -> Speaker:
    document = ListDocument(name=name, url="https://lists.example/x.csv")
    made = speaker_of(document, {one.domain: one for one in entries}, is_new=True)
    return replace(made, **more)  # type: ignore[arg-type]


def in_force(speaker: Speaker) -> RuleDocument:
    [rule] = merge([speaker], ground()).put
    return msgspec.structs.replace(rule, draft=False)


def entry(name: str = BAD, severity: Severity = Severity.SUSPEND) -> Entry:
    return Entry(domain=Domain(name), severity=severity)


def suspend(name: str = BAD) -> Entry:
    return entry(name)


def silence(name: str = BAD) -> Entry:
    return entry(name, Severity.SILENCE)


def noop(name: str) -> Entry:
    return entry(name, Severity.NOOP)


def suspend_entries() -> dict[Domain, Entry]:
    return {BAD: suspend()}
