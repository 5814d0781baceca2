"""When a request is decided, who finds room, and what may be typed."""

from datetime import UTC, datetime

import pytest

from fedinet.charter.model import RuleWords
from fedinet.joining.model import (
    Reading,
    Room,
    Says,
    check_question,
    check_ways,
    decided,
    read_asking,
    reason_of,
)
from fedinet.kernel.ids import AccountId

YES, NO = Says.YES, Says.NO


@pytest.mark.parametrize(
    ("says", "readers", "stewards", "wanted"),
    [
        pytest.param([], 1, 3, None, id="nobody has read"),
        pytest.param([YES], 1, 3, YES, id="one is enough where one is asked for"),
        pytest.param([YES], 2, 3, None, id="two are asked for"),
        pytest.param([YES, YES], 2, 3, YES, id="two agree"),
        pytest.param([NO, NO], 2, 3, NO, id="two say no"),
        pytest.param([YES, NO], 2, 3, None, id="they differ: a third one reads"),
        pytest.param([YES, NO, NO], 2, 3, NO, id="the third decides"),
        pytest.param([YES], 2, 1, YES, id="a single steward is not kept from deciding"),
        pytest.param([YES], 2, 0, YES, id="whoever it was has left since"),
    ],
)
def test_as_many_as_it_takes_decide(
    says: list[Says], readers: int, stewards: int, wanted: Says | None
) -> None:
    assert decided(says, readers=readers, stewards=stewards) is wanted


@pytest.mark.parametrize(
    ("room", "anybody", "promised"),
    [
        (Room(None, 500, 9), True, True),
        (Room(3, 2, 0), True, True),
        (Room(3, 2, 1), False, True),
        (Room(3, 3, 0), False, False),
        (Room(3, 4, 2), False, False),
    ],
)
def test_a_place_that_is_kept_is_nobody_elses(room: Room, anybody: bool, promised: bool) -> None:
    assert (room.has_place(), room.has_place(promised=True)) == (anybody, promised)


def test_the_reason_that_is_sent_is_of_those_who_said_so() -> None:
    def said(number: int, says: Says, reason: str) -> Reading:
        at = datetime(2026, 11, 29, tzinfo=UTC)
        who = AccountId(number)
        return Reading(account_id=who, says=says, note="", reason=reason, read_at=at)

    readings = [said(1, NO, "Too far"), said(2, YES, "Hello"), said(3, NO, "")]
    assert (reason_of(readings, NO), reason_of(readings, YES)) == ("Too far", "Hello")
    assert reason_of([], NO) == ""


@pytest.mark.parametrize(
    ("name", "email", "answer", "wanted"),
    [
        ("Eve", "eve@home.example", "I bake", []),
        ("\u202eEve\n", " eve@home.example ", "I bake\n\nbread", []),
        ("", "eve", "", ["your_name", "email", "answer-1"]),
        ("E" * 81, "eve@home.example\r\nBcc: x@y.example", "b" * 1001, ["your_name", "email"]),
    ],
)
def test_what_somebody_types_is_tidied_and_checked(
    name: str, email: str, answer: str, wanted: list[str]
) -> None:
    asking, problems = read_asking(name, email, "en", [(RuleWords("What do you do?"), answer)])
    assert [one.field for one in problems if one.field != "answer-1" or not answer] == wanted
    if not wanted:
        assert (asking.name, asking.email) == ("Eve", "eve@home.example")
        assert asking.answers[0].question == "What do you do?"


@pytest.mark.parametrize(
    ("readers", "kept_days", "most", "wanted"),
    [
        (2, 60, None, []),
        (1, 7, 1, []),
        (3, 6, 0, ["readers", "kept_days", "most_members"]),
        (None, None, 10**9, ["readers", "kept_days", "most_members"]),
    ],
)
def test_numbers_of_stewards_are_within_bounds(
    readers: int | None, kept_days: int | None, most: int | None, wanted: list[str]
) -> None:
    found = check_ways(readers=readers, kept_days=kept_days, most_members=most)
    assert [one.field for one in found] == wanted


def test_a_question_is_short_and_has_words() -> None:
    assert check_question(1, RuleWords("Who are you?", "A line is enough")) == []
    assert check_question(1, RuleWords("")) == []
    assert [one.field for one in check_question(2, RuleWords("", "help"), "nl")] == ["text-2_nl"]
    assert [one.field for one in check_question(2, RuleWords("x" * 201))] == ["text-2"]
