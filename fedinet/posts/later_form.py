"""When a post is to be published, as somebody types it on their own clock. Pure."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from fedinet.kernel.problems import N_, Problem
from fedinet.kernel.zones import moment_on

DATE: Final = "later_date"
TIME: Final = "later_time"
SCHEDULED: Final = "scheduled"
SEEN: Final = "seen"
FIELDS: Final = (DATE, TIME, SCHEDULED, SEEN)

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(:[0-5][0-9](\.[0-9]{1,3})?)?")
"""Browsers add seconds, and drop them again where they are none."""

_NO_DATE: Final = N_("Say the day, too. Or leave both empty to publish at once.")
_NO_TIME: Final = N_("Say the time, too. Or leave both empty to publish at once.")
_BAD_DATE: Final = N_("Write the day as year-month-day, like %(example)s.")
_BAD_TIME: Final = N_("Write the time as hours:minutes, like %(example)s.")
_SKIPPED: Final = N_(
    "There is no such time on that day: the clocks go forward then. Choose another one."
)
_NEVER: Final = N_("There is no such day here. Choose another one.")


def typed_moment(moment: datetime, zone: ZoneInfo) -> dict[str, str]:
    """The fields of a moment, as its writer would have typed it."""
    local = moment.astimezone(zone)
    return {DATE: f"{local:%Y-%m-%d}", TIME: f"{local:%H:%M}"}


def read_typed(
    text: Callable[[str], str], zone: ZoneInfo, *, before: datetime | None = None
) -> datetime | Problem | None:
    """Read the two fields; None: both are empty.

    ``before``: the moment that the form was opened with. Left as it stands, it
    stays that moment, with its seconds, and the second of two equal hours.
    """
    day_text, time_text = text(DATE).strip(), text(TIME).strip()
    if not day_text and not time_text:
        return None
    if not day_text or not time_text:
        return Problem(TIME, _NO_TIME) if day_text else Problem(DATE, _NO_DATE)
    if before is not None and typed_moment(before, zone) == {DATE: day_text, TIME: time_text}:
        return before
    if _DAY.fullmatch(day_text) is None:
        return Problem(DATE, _BAD_DATE, {"example": "2026-12-31"})
    found = _TIME.fullmatch(time_text)
    if found is None:
        return Problem(TIME, _BAD_TIME, {"example": "18:30"})
    try:
        at = datetime.combine(date.fromisoformat(day_text), time(int(found[1]), int(found[2])))
        moment = moment_on(at, zone)
    except (ValueError, OverflowError):
        return Problem(DATE, _NEVER)
    return Problem(TIME, _SKIPPED) if moment is None else moment
