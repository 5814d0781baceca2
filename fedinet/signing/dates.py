"""HTTP dates. Pure, strict, locale-free.

Source: RFC 9110 section 5.6.7, IMF-fixdate. The two obsolete forms are refused:
no server of this network sends them.
"""

import re
from datetime import UTC, datetime
from typing import Final

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
_MONTH_NUMBER: Final = {name: number for number, name in enumerate(_MONTHS, 1)}
_FIXDATE: Final = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)


def http_date(moment: datetime) -> str:
    """Write an aware datetime as ``Sun, 06 Nov 1994 08:49:37 GMT``."""
    at = moment.astimezone(UTC)
    return (
        f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04} "
        f"{at.hour:02}:{at.minute:02}:{at.second:02} GMT"
    )


def read_http_date(text: str) -> datetime | None:
    """Read a ``Date`` value; None where it is anything but an IMF-fixdate.

    A wrong weekday is let pass: the rest names the moment.
    """
    match = _FIXDATE.fullmatch(text)
    if match is None:
        return None
    day, month, year, hour, minute, second = match.groups()
    if month not in _MONTH_NUMBER:
        return None
    try:
        return datetime(
            int(year), _MONTH_NUMBER[month], int(day), int(hour), int(minute), int(second),
            tzinfo=UTC,
        )  # fmt: skip
    except ValueError:
        return None


def read_timestamp(text: str) -> datetime | None:
    """Read whole seconds since 1970, as ``created`` and ``expires`` carry them."""
    if not (text.isascii() and text.isdigit() and len(text) <= 11):
        return None
    return datetime.fromtimestamp(int(text), UTC)
