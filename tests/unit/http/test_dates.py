"""Days as heads of what was said on them, and the hours beside it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from fedinet.http.dates import day, day_name, hour, placed

NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)  # a Thursday
BRUSSELS = ZoneInfo("Europe/Brussels")


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(hours=11), "Today <small>19 November 2026</small>"),
        (timedelta(hours=13), "Yesterday <small>18 November 2026</small>"),
        (timedelta(days=2), "Tuesday <small>17 November 2026</small>"),
        (timedelta(days=-1), "Friday <small>20 November 2026</small>"),
    ],
)
def test_a_day_is_called_as_people_call_it(ago: timedelta, said: str) -> None:
    assert day_name(NOON - ago, now=NOON, text=str) == said


def test_a_day_begins_when_it_does_for_the_reader() -> None:
    late = datetime(2026, 11, 18, 23, 30, tzinfo=UTC).astimezone(BRUSSELS)
    assert day_name(late, now=NOON, text=str) == "Today <small>19 November 2026</small>"


@pytest.mark.parametrize(
    ("at", "zone", "said"),
    [
        (datetime(2026, 11, 18, 23, 30, tzinfo=UTC), "Europe/Brussels", "19 November 2026"),
        (datetime(2026, 11, 18, 23, 30, tzinfo=UTC), "UTC", "18 November 2026"),
        (datetime(2026, 11, 19, tzinfo=UTC), "America/Lima", "18 November 2026"),
        (date(2026, 11, 19), "America/Lima", "19 November 2026"),
    ],
    ids=["east", "utc", "west", "a date is the same everywhere"],
)
def test_the_date_of_a_moment_is_that_of_the_reader(at: date, zone: str, said: str) -> None:
    assert day(at, zone=ZoneInfo(zone), text=str) == said


def test_the_hour_is_that_of_the_reader_and_names_its_zone() -> None:
    shown = hour(NOON, zone=BRUSSELS, words="Brussel, <België>", text=str)
    assert shown == (
        '<time datetime="2026-11-19T12:00:00Z" '
        'title="19 November 2026, 13:00 (Brussel, &lt;België&gt;)">13:00</time>'
    )


@pytest.mark.parametrize(
    ("at", "zone"),
    [
        ((10, 25, 0, 30), "(Brussel, UTC+02:00)"),
        ((10, 25, 1, 30), "(Brussel, UTC+01:00)"),
        ((10, 25, 2, 30), "(Brussel)"),
        ((3, 29, 1, 0), "(Brussel)"),
    ],
)
def test_an_hour_that_a_clock_shows_twice_says_which_it_is(
    at: tuple[int, int, int, int], zone: str
) -> None:
    shown = hour(datetime(2026, *at, tzinfo=UTC), zone=BRUSSELS, words="Brussel", text=str)
    assert f'{zone}">' in shown


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 11, 18, 23, tzinfo=UTC), ">00:00<"),
        (datetime(2026, 11, 18, 22, 59, tzinfo=UTC), ">wo 23:59<"),
        (datetime(2026, 11, 13, 12, tzinfo=UTC), ">vr 13:00<"),
        (datetime(2026, 11, 12, 12, tzinfo=UTC), ">12 nov<"),
        (datetime(2025, 12, 31, 23, tzinfo=UTC), ">1 jan<"),
        (datetime(2025, 12, 31, 22, 59, tzinfo=UTC), ">31 dec 2025<"),
        (datetime(2026, 11, 20, 12, tzinfo=UTC), ">20 nov<"),
    ],
)
def test_a_list_without_days_tells_as_much_as_it_has_to(at: datetime, said: str) -> None:
    dutch = Locale.parse("nl")
    shown = placed(at, zone=BRUSSELS, now=NOON, words="Brussel", names=dutch, text=str)
    assert said in shown.replace(".", "")
