"""What may be asked, who may answer, and what a reader sees."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.outcomes import Dropped
from fedinet.kernel.problems import Invalid
from fedinet.polls.model import (
    Poll,
    PollDraft,
    check_choices,
    check_poll,
    decide_vote,
    shown_to,
)

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)
POLL = Poll(
    options=("Tea", "Café", "<b>Water</b>"),
    counts=(2, 1, 0),
    voters=3,
    ends_at=NOW + timedelta(hours=1),
)
DRAFT = PollDraft(options=("Tea", "Coffee"), lasts=timedelta(days=1))


def test_options_are_trimmed_and_empty_lines_left_out() -> None:
    checked = check_poll(replace(DRAFT, options=(" Tea ", "", "Dark\n\tCoffee", " ")))
    assert checked.options == ("Tea", "Dark Coffee")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"options": ("Tea",)}, "option2"),
        ({"options": ("", "Tea", "")}, "option1"),
        ({"options": ("Tea", " ", "tea")}, "option3"),
        ({"options": ()}, "option1"),
        ({"options": tuple("abcdefg")}, "option1"),
        ({"options": ("Tea", "x" * 101)}, "option2"),
        ({"options": ("Tea", "tea")}, "option2"),
        ({"options": ("ﬁsh", "Fish")}, "option2"),
        ({"options": ("Tea", "a\x07b")}, "option2"),
        ({"options": ("Tea", "a\u202eb")}, "option2"),
        ({"lasts": timedelta(minutes=4)}, "lasts"),
        ({"lasts": timedelta(days=32)}, "lasts"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_poll(replace(DRAFT, **change))  # pyright: ignore[reportArgumentType]
    assert [problem.field for problem in refused.value.problems] == [field]


@pytest.mark.parametrize(
    ("poll", "name", "chosen", "decided"),
    [
        pytest.param(POLL, "Tea", (), 0, id="exact"),
        pytest.param(POLL, "Cafe\u0301", (), 1, id="another Unicode form"),
        pytest.param(POLL, " Tea  ", (), 0, id="blanks around"),
        pytest.param(POLL, "<b>Water</b>", (), 2, id="an option that looks like HTML"),
        pytest.param(POLL, "tea", (), Dropped("unknown_option"), id="another case"),
        pytest.param(POLL, "Water", (), Dropped("unknown_option"), id="not there"),
        pytest.param(POLL, "Café", (0,), Dropped("already_voted"), id="another choice"),
        pytest.param(replace(POLL, multiple=True), "Café", (0,), 1, id="one of several"),
        pytest.param(
            replace(POLL, multiple=True), "Tea", (0,), Dropped("already_voted"), id="the same again"
        ),
        pytest.param(replace(POLL, ends_at=NOW), "Tea", (), Dropped("poll_ended"), id="at the end"),
        pytest.param(replace(POLL, closed_at=NOW), "Tea", (), Dropped("poll_ended"), id="closed"),
        pytest.param(replace(POLL, ends_at=None), "Tea", (), 0, id="open without an end"),
    ],
)
def test_a_vote_from_elsewhere_counts_or_says_why_not(
    poll: Poll, name: str, chosen: tuple[int, ...], decided: int | Dropped
) -> None:
    assert decide_vote(poll, name, chosen=chosen, now=NOW) == decided


@pytest.mark.parametrize(
    ("poll", "choices", "chosen", "is_own"),
    [
        pytest.param(POLL, (), (), False, id="nothing chosen"),
        pytest.param(POLL, (0, 1), (), False, id="two of one"),
        pytest.param(POLL, (3,), (), False, id="not there"),
        pytest.param(POLL, (-1,), (), False, id="negative"),
        pytest.param(POLL, (0,), (1,), False, id="voted before"),
        pytest.param(POLL, (0,), (), True, id="own"),
        pytest.param(replace(POLL, ends_at=NOW), (0,), (), False, id="over"),
    ],
)
def test_a_member_cannot_vote_so(
    poll: Poll, choices: tuple[int, ...], chosen: tuple[int, ...], is_own: bool
) -> None:
    with pytest.raises(Unprocessable):
        check_choices(poll, choices, chosen=chosen, is_own=is_own, now=NOW)


def test_several_choices_count_one_voter() -> None:
    poll = replace(POLL, multiple=True)
    assert check_choices(poll, (2, 0, 2), chosen=(), is_own=False, now=NOW) == (0, 2)
    counted = poll.with_votes((0, 2), new_voter=True)
    assert (counted.counts, counted.voters) == ((3, 1, 1), 4)


@pytest.mark.parametrize(
    ("chosen", "is_own", "is_member", "ended", "expected"),
    [
        # (may vote, shows results)
        ((), False, True, False, (True, False)),
        ((0,), False, True, False, (False, True)),
        ((), True, True, False, (False, True)),
        ((), False, False, False, (False, False)),
        ((), False, False, True, (False, True)),
        ((), False, True, True, (False, True)),
    ],
)
def test_results_are_shown_after_voting_or_after_the_end(
    chosen: tuple[int, ...],
    is_own: bool,
    is_member: bool,
    ended: bool,
    expected: tuple[bool, bool],
) -> None:
    poll = replace(POLL, ends_at=NOW) if ended else POLL
    shown = shown_to(poll, chosen=chosen, is_own=is_own, is_member=is_member, now=NOW)
    assert (shown.may_vote, shown.shows_results) == expected
    hidden = shown_to(
        replace(poll, hides_totals=True),
        chosen=chosen,
        is_own=is_own,
        is_member=is_member,
        now=NOW,
    )
    assert hidden.shows_results is (ended or is_own)
