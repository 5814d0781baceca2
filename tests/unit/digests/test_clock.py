"""When mail is due and until when it is quiet: in every zone, in nights that jump, by any clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fedinet.digests.clock import day_before, day_due, next_look, quiet_until
from fedinet.digests.model import Quiet, Rhythm

BRUSSELS, AUCKLAND = ZoneInfo("Europe/Brussels"), ZoneInfo("Pacific/Auckland")
NIGHT = Quiet(22 * 60, 7 * 60)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "now", "ends"),
    [
        pytest.param(None, "2026-11-29 23:00", None, id="none is set"),
        pytest.param(NIGHT, "2026-11-29 20:59", None, id="before"),
        pytest.param(NIGHT, "2026-11-29 21:00", "2026-11-30 06:00", id="before midnight"),
        pytest.param(NIGHT, "2026-11-30 01:00", "2026-11-30 06:00", id="after midnight"),
        pytest.param(NIGHT, "2026-11-30 06:00", None, id="at its end"),
        pytest.param(Quiet(720, 780), "2026-11-30 11:30", "2026-11-30 12:00", id="at noon"),
        # 2026-03-29: from 02:00 to 03:00 at 01:00 UTC; 2026-10-25: from 03:00 to 02:00
        pytest.param(NIGHT, "2026-03-28 22:00", "2026-03-29 05:00", id="a short night"),
        pytest.param(NIGHT, "2026-10-24 22:00", "2026-10-25 06:00", id="a long night"),
        pytest.param(
            Quiet(0, 150), "2026-03-29 00:59", "2026-03-29 01:30", id="ends in a skipped hour"
        ),
        pytest.param(
            Quiet(0, 150), "2026-10-25 00:10", "2026-10-25 00:30", id="ends in the first of two"
        ),
        pytest.param(
            Quiet(0, 150), "2026-10-25 01:10", "2026-10-25 01:30", id="quiet again in the second"
        ),
    ],
)
def test_quiet_hours_end(quiet: Quiet | None, now: str, ends: str | None) -> None:
    found = quiet_until(Rhythm(quiet=quiet), BRUSSELS, at(now))
    assert found == (None if ends is None else at(ends))


@pytest.mark.parametrize(
    ("rhythm", "zone", "now", "last", "due"),
    [
        pytest.param(Rhythm(), BRUSSELS, "2026-11-29 06:59", None, None, id="too early"),
        pytest.param(Rhythm(), BRUSSELS, "2026-11-29 07:00", None, "2026-11-29", id="at eight"),
        pytest.param(Rhythm(), AUCKLAND, "2026-11-28 19:00", None, "2026-11-29", id="elsewhere"),
        pytest.param(Rhythm(), BRUSSELS, "2026-11-29 15:00", "2026-11-28", "2026-11-29", id="late"),
        pytest.param(Rhythm(), BRUSSELS, "2026-11-29 15:00", "2026-11-29", None, id="once a day"),
        pytest.param(
            Rhythm(), BRUSSELS, "2026-11-28 15:00", "2026-11-29", None, id="the clock went back"
        ),
        pytest.param(
            Rhythm(), BRUSSELS, "2026-11-29 15:00", "2031-01-01", "2026-11-29", id="it was far off"
        ),
        pytest.param(
            Rhythm(quiet=NIGHT, hour=6), BRUSSELS, "2026-11-29 05:30", None, None, id="still quiet"
        ),
        pytest.param(
            Rhythm(quiet=NIGHT, hour=6), BRUSSELS, "2026-11-29 06:00", None, "2026-11-29",
            id="at the end of the quiet",
        ),
        pytest.param(
            Rhythm(quiet=NIGHT), BRUSSELS, "2026-11-29 22:00", None, None, id="no longer today"
        ),
        pytest.param(
            Rhythm(hour=2), BRUSSELS, "2026-03-29 01:00", "2026-03-28", "2026-03-29",
            id="an hour that is skipped",
        ),
        pytest.param(
            Rhythm(hour=2), BRUSSELS, "2026-10-25 01:00", "2026-10-25", None,
            id="an hour that is there twice",
        ),
    ],
)  # fmt: skip
def test_a_day_is_told_once(
    rhythm: Rhythm, zone: ZoneInfo, now: str, last: str | None, due: str | None
) -> None:
    told = None if last is None else date.fromisoformat(last)
    found = day_due(rhythm, zone, at(now), told)
    assert (None if found is None else f"{found}") == due
    ahead = next_look(rhythm, zone, at(now), told) - at(now)
    assert timedelta(0) < ahead <= timedelta(days=2)


def test_whoever_looks_when_told_to_writes_one_mail_on_each_day_of_a_year() -> None:
    for zone in (BRUSSELS, AUCKLAND, ZoneInfo("America/Sao_Paulo"), ZoneInfo("Asia/Kathmandu")):
        for rhythm in (Rhythm(), Rhythm(hour=2, quiet=Quiet(0, 179)), Rhythm(hour=23, quiet=NIGHT)):
            now, last, days = at("2026-01-01 00:00"), None, list[date]()
            while now < at("2027-01-01 00:00"):
                if (day := day_due(rhythm, zone, now, last)) is not None:
                    days.append(day)
                    last = day
                now = next_look(rhythm, zone, now, last)
            assert len(set(days)) == len(days) in (365, 366), (zone, rhythm)


@pytest.mark.parametrize(
    ("rhythm", "now", "day"),
    [
        pytest.param(Rhythm(), "2026-11-29 06:59", "2026-11-28", id="before their hour"),
        pytest.param(Rhythm(), "2026-11-29 07:00", "2026-11-29", id="at it"),
        pytest.param(Rhythm(), "2026-11-29 22:59", "2026-11-29", id="late in the evening"),
        pytest.param(Rhythm(hour=0), "2026-11-29 23:00", "2026-11-30", id="past their midnight"),
        pytest.param(
            Rhythm(hour=6, quiet=NIGHT), "2026-11-29 05:30", "2026-11-28", id="quiet at that hour"
        ),
    ],
)
def test_who_is_new_is_told_at_their_next_hour(rhythm: Rhythm, now: str, day: str) -> None:
    last = day_before(rhythm, BRUSSELS, at(now))
    assert last == date.fromisoformat(day)
    assert day_due(rhythm, BRUSSELS, at(now), last) is None
    look = next_look(rhythm, BRUSSELS, at(now), last)
    assert look > at(now)
    assert day_due(rhythm, BRUSSELS, look, last) == last + timedelta(days=1)
