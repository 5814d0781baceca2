"""When a post is to be published, as people type it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fedinet.kernel.problems import Problem
from fedinet.posts.later_form import DATE, TIME, WHICH, read_typed, twice_on, typed_moment

ZONE = ZoneInfo("Europe/Brussels")
SECOND_HOUR = datetime(2026, 10, 25, 1, 30, 20, tzinfo=UTC)  # 02:30 for the second time


@pytest.mark.parametrize(
    ("day", "at", "read"),
    [
        ("2026-12-31", "18:30", datetime(2026, 12, 31, 17, 30, tzinfo=UTC)),
        (" 2026-12-31", "9:05 ", datetime(2026, 12, 31, 8, 5, tzinfo=UTC)),
        ("2026-07-01", "18:30:00", datetime(2026, 7, 1, 16, 30, tzinfo=UTC)),
        pytest.param("2026-10-25", "02:30", WHICH, id="twice"),
        ("", " ", None),
        ("2026-12-31", "", TIME),
        ("", "18:30", DATE),
        ("31-12-2026", "18:30", DATE),
        ("2026-02-30", "18:30", DATE),
        ("0000-01-01", "18:30", DATE),
        ("0001-01-01", "00:00", DATE),
        ("٢٠٢٦-12-31", "18:30", DATE),
        ("2026-12-31", "24:00", TIME),
        ("2026-12-31", "18:30+02:00", TIME),
        pytest.param("2026-03-29", "02:30", TIME, id="skipped"),
    ],
)
def test_a_moment_on_the_clock_of_its_writer(
    day: str, at: str, read: datetime | str | None
) -> None:
    found = read_typed({DATE: day, TIME: at, WHICH: ""}.__getitem__, ZONE)
    assert (found.field if isinstance(found, Problem) else found) == read


def test_what_is_left_as_it_stands_is_the_same_moment() -> None:
    typed = typed_moment(SECOND_HOUR, ZONE)
    assert read_typed(typed.__getitem__, ZONE, before=SECOND_HOUR) == SECOND_HOUR
    moved = typed | {TIME: "02:31"}
    assert read_typed(moved.__getitem__, ZONE, before=SECOND_HOUR) == SECOND_HOUR + timedelta(
        seconds=40
    )


def test_an_hour_that_comes_twice_is_asked_about() -> None:
    typed = {DATE: "2026-10-25", TIME: "02:30", WHICH: ""}
    asked = read_typed(typed.__getitem__, ZONE)
    assert isinstance(asked, Problem) and asked.field == WHICH
    both = twice_on(typed.__getitem__, ZONE)
    assert [at.utcoffset() for _, at in both] == [timedelta(hours=2), timedelta(hours=1)]
    for which, at in both:
        assert read_typed((typed | {WHICH: which}).__getitem__, ZONE) == at.astimezone(UTC)
        assert typed_moment(at, ZONE) == typed | {WHICH: which}
    assert not twice_on((typed | {TIME: "03:00"}).__getitem__, ZONE)
    assert not twice_on((typed | {DATE: "soon"}).__getitem__, ZONE)


def test_an_hour_that_is_skipped_says_when_the_clocks_go_forward() -> None:
    typed = {DATE: "2026-03-29", TIME: "02:30", WHICH: ""}
    found = read_typed(typed.__getitem__, ZONE)
    assert isinstance(found, Problem)
    assert "from 02:00 to 03:00" in found.english and "before or after" in found.english
