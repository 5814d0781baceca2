"""Polls and votes as other servers write them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedinet.polls.activities import read_poll
from fedinet.vocab.activity import parse_activity
from fedinet.vocab.note import parse_note
from fedinet.vocab.poll import MAX_COUNT, parse_poll, parse_votes

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)
BO = "https://b.example/users/bo"


def option(name: object, total: object = 0) -> dict[str, object]:
    return {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": total}}


TWO = [option("Tea", 3), option("<i>Coffee</i>", 1)]


@pytest.mark.parametrize(
    ("said", "options", "multiple"),
    [
        pytest.param({"oneOf": TWO}, (("Tea", 3), ("<i>Coffee</i>", 1)), False, id="oneOf"),
        pytest.param(
            {"anyOf": TWO, "oneOf": []}, (("Tea", 3), ("<i>Coffee</i>", 1)), True, id="anyOf"
        ),
        pytest.param({"anyOf": [option("A")], "oneOf": TWO}, (("A", 0),), True, id="both"),
        pytest.param({"oneOf": option("A", -5)}, (("A", 0),), False, id="a negative count"),
        pytest.param({"oneOf": [option("A", 2**52)]}, (("A", MAX_COUNT),), False, id="a huge one"),
        pytest.param({"oneOf": [option("A", True), "B"]}, (("A", 0),), False, id="no numbers"),
        pytest.param(
            {"oneOf": [{"type": "Note", "content": "A"}]}, (("A", 0),), False, id="content"
        ),
    ],
)
def test_options_and_counts_are_read(
    said: dict[str, Any], options: tuple[tuple[str, int], ...], multiple: bool
) -> None:
    poll = parse_poll({"type": "Question", **said})
    assert poll is not None
    assert (poll.options, poll.multiple) == (options, multiple)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({}, id="no options"),
        pytest.param({"oneOf": []}, id="none in the list"),
        pytest.param({"oneOf": [option(str(n)) for n in range(1_000)]}, id="a thousand options"),
        pytest.param({"oneOf": [option("A"), option("A")]}, id="two alike"),
        pytest.param({"oneOf": [option("A"), option(" ")]}, id="one without words"),
        pytest.param({"oneOf": [option("x" * 1_001), option("B")]}, id="one without end"),
        pytest.param({"oneOf": "Tea"}, id="no object"),
    ],
)
def test_a_question_that_nobody_can_vote_in_stays_text(said: dict[str, Any]) -> None:
    question = {"id": f"{BO}/1", "type": "Question", "attributedTo": BO, "content": "<p>hm</p>"}
    note = parse_note({**question, **said})
    assert note.poll is None
    assert note.content.startswith("<p>hm</p>")
    assert note.content.count("<li>") <= 50


def test_a_question_may_be_asked_by_its_name_alone() -> None:
    note = parse_note(
        {"id": f"{BO}/1", "type": "Question", "attributedTo": BO, "name": "A < B?", "oneOf": TWO}
    )
    assert (note.about.title, note.content) == ("A < B?", "")
    assert note.poll is not None


@pytest.mark.parametrize(
    ("said", "ends_at", "closed_at"),
    [
        ({"endTime": "2026-08-02T12:00:00Z"}, NOW + timedelta(days=1), None),
        ({"endTime": "9999-12-31T23:59:59-23:59"}, None, None),
        ({"endTime": "9999-01-01T00:00:00Z"}, None, None),
        ({"endTime": "1970-01-01T00:00:00Z"}, datetime(1970, 1, 1, tzinfo=UTC), None),
        ({"endTime": "0001-01-01T00:00:00Z"}, datetime(1970, 1, 1, tzinfo=UTC), None),
        ({"endTime": "soon"}, None, None),
        ({"closed": True}, None, NOW),
        ({"closed": "2026-08-01T11:00:00Z"}, None, NOW - timedelta(hours=1)),
        ({"closed": "2026-08-01T13:00:00Z"}, NOW + timedelta(hours=1), None),
        ({"closed": False}, None, None),
        ({"closed": None}, None, None),
    ],
)
def test_the_end_is_bounded(
    said: dict[str, Any], ends_at: datetime | None, closed_at: datetime | None
) -> None:
    remote = parse_poll({"type": "Question", "oneOf": TWO, **said})
    assert remote is not None
    poll = read_poll(remote, NOW)
    assert (poll.ends_at, poll.closed_at) == (ends_at, closed_at)


@pytest.mark.parametrize(
    ("note", "count"),
    [
        ({}, 1),
        ({"content": ""}, 1),
        ({"content": "<p>I think so</p>"}, 0),
        ({"name": ""}, 0),
        ({"inReplyTo": None}, 0),
        ({"attachment": [{"type": "Image"}]}, 0),
        ({"type": "Question"}, 0),
    ],
)
def test_a_vote_is_a_name_that_answers_and_says_nothing_else(
    note: dict[str, Any], count: int
) -> None:
    vote = {"id": f"{BO}#1", "type": "Note", "name": "Tea", "inReplyTo": "https://a.example/1"}
    create = {"type": "Create", "actor": BO, "object": vote | note}
    assert len(parse_votes(parse_activity(create))) == count
