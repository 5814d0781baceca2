"""When two communities are allies: the rules as tables."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fedinet.allies import activities
from fedinet.allies.model import (
    LONGEST,
    TERM,
    UNSEEN_FOR,
    Ally,
    EndedBy,
    Seen,
    Standing,
    Statement,
    ended,
    named,
    refuse,
    settled,
    stopped,
    weighed,
)
from fedinet.kernel.ids import ActorId, Domain

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NODE, OURS = "https://b.example/actor", "https://a.example/actor"
KNOWN = Ally(domain=Domain("b.example"), origin="https://b.example")
SAID = Statement(
    uri="https://b.example/actor/allies/a.example",
    subject=NODE, object=OURS, since=NOW - HOUR, until=NOW + TERM,
)  # fmt: skip
SEEN = Seen(
    node_uri=NODE, node_id=ActorId(7), allies_uri=f"{NODE}/allies", key="zKey", statement=SAID
)
NAMED = named(KNOWN, "https://a.example/activities/1", NOW)
ALLIED = settled(NAMED, SEEN, NOW)


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (SAID, ""),
        (replace(SAID, subject="https://b.example/users/eve"), "not_its_own"),
        (replace(SAID, subject="https://c.example/actor"), "not_its_own"),
        (replace(SAID, uri="https://c.example/actor/allies/a.example"), "not_its_own"),
        (replace(SAID, object="https://c.example/actor"), "names_another"),
        (replace(SAID, object=OURS + "/"), "names_another"),
        (replace(SAID, since=NOW + 2 * HOUR), "not_yet"),
        (replace(SAID, until=NOW), "out_of_date"),
    ],
)
def test_a_statement_is_its_makers_own_about_us_and_of_now(said: Statement, word: str) -> None:
    assert refuse(said, node=NODE, ours=OURS, now=NOW) == word


@pytest.mark.parametrize(
    ("ally", "standing"),
    [
        (KNOWN, Standing.UNKNOWN),
        (NAMED, Standing.PROPOSED),
        (settled(KNOWN, SEEN, NOW), Standing.ASKED),
        (settled(NAMED, replace(SEEN, statement=None), NOW), Standing.PROPOSED),
        (ALLIED, Standing.ALLIED),
        (named(settled(KNOWN, SEEN, NOW), "", NOW), Standing.ALLIED),
        (settled(ALLIED, replace(SEEN, key="zOther"), NOW), Standing.PAUSED),
        (stopped(ALLIED, "not_proven"), Standing.PAUSED),
        (settled(ALLIED, replace(SEEN, statement=None), NOW), Standing.ENDED),
        (ended(ALLIED, EndedBy.US, NOW), Standing.ENDED),
    ],
)
def test_both_words_make_an_alliance_and_one_none(ally: Ally, standing: Standing) -> None:
    assert ally.standing(NOW) is standing
    assert ally.is_allied(NOW) is (standing is Standing.ALLIED)


def test_it_holds_as_long_as_the_shorter_word_and_never_longer_than_unseen() -> None:
    assert ALLIED.mutual_until == NOW + UNSEEN_FOR
    brief = settled(NAMED, replace(SEEN, statement=replace(SAID, until=NOW + DAY)), NOW)
    assert brief.mutual_until == NOW + DAY and brief.ends_soon(NOW) and not ALLIED.ends_soon(NOW)
    endless = settled(NAMED, replace(SEEN, statement=replace(SAID, until=NOW + 99 * TERM)), NOW)
    assert endless.their_until == NOW + LONGEST
    gone = settled(brief, replace(SEEN, statement=None), NOW + 2 * DAY)
    assert gone.ended_by is EndedBy.TIME


def test_a_word_from_before_the_end_counts_no_more_and_a_new_one_does() -> None:
    over = ended(ALLIED, EndedBy.US, NOW)
    again = named(over, "https://a.example/activities/2", NOW + HOUR)
    assert settled(again, SEEN, NOW + HOUR).standing(NOW + HOUR) is Standing.PROPOSED
    fresh = replace(SEEN, statement=replace(SAID, since=NOW + HOUR))
    assert settled(again, fresh, NOW + 2 * HOUR).is_allied(NOW + 2 * HOUR)


def test_another_key_waits_for_a_steward_who_may_say_yes_to_it() -> None:
    waiting = settled(ALLIED, replace(SEEN, key="zOther"), NOW)
    assert (waiting.node_key, waiting.new_key, waiting.trouble) == ("zKey", "zOther", "new_key")
    assert weighed(waiting, NOW).mutual_until is None
    assert named(waiting, "", NOW).is_allied(NOW)
    assert settled(waiting, SEEN, NOW).is_allied(NOW)  # the old one is back


def test_renewing_keeps_the_offer_they_know() -> None:
    renewed = named(ALLIED, "https://a.example/activities/9", NOW + DAY)
    assert (renewed.our_uri, renewed.our_until) == (NAMED.our_uri, NOW + DAY + TERM)


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "Note"},
        {"relationship": "http://purl.org/vocab/relationship/friendOf"},
        {"published": None},
        {"endTime": "soon"},
        {"object": None},
        {"subject": 7},
    ],
)
def test_what_is_no_statement_is_not_read_as_one(changed: dict[str, object]) -> None:
    document = {
        "id": SAID.uri, "type": "Relationship", "subject": NODE, "object": OURS,
        "relationship": "urn:x-fedinet:allied", "published": "2026-11-29T11:00:00Z",
        "endTime": "2027-11-29T12:00:00Z",
    }  # fmt: skip
    assert activities.read_statement(document) == SAID
    assert activities.read_statement(document | changed) is None


def test_whom_they_name_is_bounded_and_nonsense_is_passed_over() -> None:
    items = [{"object": "https://c.example/actor"}, {"object": "nonsense"}, "https://d.example"]
    assert activities.read_named({"items": items}) == ("https://c.example",)
    many = [{"object": f"https://n{n}.example/actor"} for n in range(1000)]
    assert len(activities.read_named({"items": many})) == 400
