"""When a member's mail is due, and until when it is quiet, by the clock on their wall. Pure.

That clock jumps twice a year, and the machine's may jump at any time: a day is
told once, whatever happens to both.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fedinet.digests.model import Rhythm

_DAY: Final = timedelta(days=1)


def quiet_until(rhythm: Rhythm, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the quiet that holds now ends, always later than now. None: it is not quiet."""
    local = now.astimezone(zone)
    minute = local.hour * 60 + local.minute
    quiet = rhythm.quiet
    if quiet is None or not quiet.holds(minute):
        return None
    is_past_midnight = quiet.begins > quiet.ends and minute >= quiet.begins
    day = local.date() + _DAY if is_past_midnight else local.date()
    end = _moment(zone, day, quiet.ends)
    # An hour that is there twice: the first end may be over while the clock shows quiet again.
    return end if end > now else _moment(zone, day, quiet.ends, fold=1)


def slot(rhythm: Rhythm, zone: ZoneInfo, day: date) -> datetime:
    """When the mail of a day goes: at the member's hour, or where that is quiet, at its end."""
    minute = rhythm.hour * 60
    if rhythm.quiet is not None and rhythm.quiet.holds(minute):
        minute = rhythm.quiet.ends
    return _moment(zone, day, minute)


def day_due(rhythm: Rhythm, zone: ZoneInfo, now: datetime, last: date | None) -> date | None:
    """The day whose mail is to be written now. ``last``: the last one that was. None: not now."""
    today = now.astimezone(zone).date()
    if _is_told(today, last) or now < slot(rhythm, zone, today):
        return None
    return None if quiet_until(rhythm, zone, now) else today


def day_before(rhythm: Rhythm, zone: ZoneInfo, now: datetime) -> date:
    """The last day whose time is over: who is new gets the first mail at their hour, not now."""
    today = now.astimezone(zone).date()
    return today if now >= slot(rhythm, zone, today) else today - _DAY


def next_look(rhythm: Rhythm, zone: ZoneInfo, now: datetime, last: date | None) -> datetime:
    """When to look again, later than now and within two days; what is due by then, is told then."""
    today = now.astimezone(zone).date()
    if not _is_told(today, last):
        coming = slot(rhythm, zone, today)
        if coming > now:
            return coming
        if (end := quiet_until(rhythm, zone, now)) is not None:
            return end
    return max(slot(rhythm, zone, today + _DAY), now + timedelta(minutes=1))


def _is_told(today: date, last: date | None) -> bool:
    """A last day far ahead is of a clock that was wrong then; the day after is another zone's."""
    return last is not None and today <= last <= today + _DAY


def _moment(zone: ZoneInfo, day: date, minute: int, *, fold: int = 0) -> datetime:
    """A time of day that the clock skips is the moment as long after the skip."""
    at = time(minute // 60, minute % 60, fold=fold)
    return datetime.combine(day, at, zone).astimezone(UTC)
