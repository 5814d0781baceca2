"""When a post is to be published, as somebody types it on their own clock. Pure."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from fedinet.kernel.problems import N_, Problem
from fedinet.kernel.zones import moments_on, skipped_around

DATE: Final = "later_date"
TIME: Final = "later_time"
SCHEDULED: Final = "scheduled"
SEEN: Final = "seen"
WHICH: Final = "later_which"
"""Of an hour that comes twice, when clocks are put back: ``FIRST`` or ``SECOND``."""
FIRST: Final = "first"
SECOND: Final = "second"
MOMENT: Final = (DATE, TIME, WHICH)
FIELDS: Final = (*MOMENT, SCHEDULED, SEEN)

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(:[0-5][0-9](\.[0-9]{1,3})?)?")
"""Browsers add seconds, and drop them again where they are none."""

_NO_DATE: Final = N_("Say the day, too. Or leave both empty to publish at once.")
_NO_TIME: Final = N_("Say the time, too. Or leave both empty to publish at once.")
_BAD_DATE: Final = N_("Write the day as year-month-day, like %(example)s.")
_BAD_TIME: Final = N_("Write the time as hours:minutes, like %(example)s.")
_SKIPPED: Final = N_(
    "There is no %(time)s on that day: the clocks go forward from %(start)s to %(end)s. "
    "Choose a time before or after that."
)
_TWICE: Final = N_(
    "%(time)s comes twice on that day, because the clocks go back. Choose which one you mean."
)
_NEVER: Final = N_("There is no such day here. Choose another one.")


def typed_moment(moment: datetime, zone: ZoneInfo) -> dict[str, str]:
    """The fields of a moment, as its writer would have typed it."""
    local = moment.astimezone(zone)
    both = moments_on(local.replace(second=0, microsecond=0, tzinfo=None, fold=0), zone)
    which = "" if len(both) < len((FIRST, SECOND)) else (FIRST, SECOND)[local.fold]
    return {DATE: f"{local:%Y-%m-%d}", TIME: f"{local:%H:%M}", WHICH: which}


def twice_on(text: Callable[[str], str], zone: ZoneInfo) -> tuple[tuple[str, datetime], ...]:
    """The two moments that the fields may mean, by the field that chooses; none where it is one."""
    read = _clock(text(DATE).strip(), text(TIME).strip())
    try:
        both = moments_on(read, zone) if isinstance(read, datetime) else ()
    except OverflowError:
        return ()
    chosen = zip((FIRST, SECOND), both, strict=False)
    return tuple((one, at.astimezone(zone)) for one, at in chosen) if len(both) > 1 else ()


def read_typed(
    text: Callable[[str], str], zone: ZoneInfo, *, before: datetime | None = None
) -> datetime | Problem | None:
    """Read the fields; None: they are empty.

    ``before``: the moment that the form was opened with. Left as it stands, it
    stays that moment, with its seconds.
    """
    day_text, time_text = text(DATE).strip(), text(TIME).strip()
    if not day_text and not time_text:
        return None
    if not day_text or not time_text:
        return Problem(TIME, _NO_TIME) if day_text else Problem(DATE, _NO_DATE)
    typed = {DATE: day_text, TIME: time_text, WHICH: text(WHICH)}
    if before is not None and typed_moment(before, zone) == typed:
        return before
    at = _clock(day_text, time_text)
    if isinstance(at, Problem):
        return at
    try:
        moments = moments_on(at, zone)
    except OverflowError:
        return Problem(DATE, _NEVER)
    said = {"time": f"{at:%H:%M}"}
    if not moments:
        start, end = skipped_around(at, zone)
        return Problem(TIME, _SKIPPED, said | {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"})
    by_choice: dict[str, datetime] = dict(zip((FIRST, SECOND), moments, strict=False))
    if len(by_choice) > 1 and text(WHICH) not in by_choice:
        return Problem(WHICH, _TWICE, said)
    return by_choice[text(WHICH)] if len(by_choice) > 1 else moments[0]


def _clock(day_text: str, time_text: str) -> datetime | Problem:
    """What a clock is to show."""
    if _DAY.fullmatch(day_text) is None:
        return Problem(DATE, _BAD_DATE, {"example": "2026-12-31"})
    found = _TIME.fullmatch(time_text)
    if found is None:
        return Problem(TIME, _BAD_TIME, {"example": "18:30"})
    try:
        return datetime.combine(date.fromisoformat(day_text), time(int(found[1]), int(found[2])))
    except ValueError:
        return Problem(DATE, _NEVER)
