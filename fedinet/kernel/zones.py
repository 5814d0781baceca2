"""Time zones by their IANA names. Pure, but for the tables that it reads."""

from datetime import UTC, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

UTC_NAME: Final = "UTC"
_REGIONS: Final = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia"),
    *("Europe", "Indian", "Pacific"),
)


@cache
def zone_names() -> tuple[str, ...]:
    """Names that people can choose, in order: by region and city, and UTC."""
    named = (name for name in available_timezones() if name.partition("/")[0] in _REGIONS)
    return (UTC_NAME, *sorted(named))


def is_zone(name: str) -> bool:
    """Tell whether this is one of the names."""
    return name in zone_names()


def read_zone(raw: object) -> str:
    """A name as somebody wrote it. Raises ``ValueError`` for what is none."""
    name = str(raw).strip()
    if not is_zone(name):
        raise ValueError(f"{name} is not a time zone by region and city, like Europe/Brussels")
    return name


def zone_of(*names: str) -> ZoneInfo:
    """The first of these that (still) is a time zone; else UTC."""
    return ZoneInfo(next((name for name in names if is_zone(name)), UTC_NAME))


def moment_on(local: datetime, zone: ZoneInfo) -> datetime | None:
    """The moment, in UTC, that a clock of this zone shows; None: it skips that time.

    Of a time that comes twice it is the first.

    Raises:
        OverflowError: no moment that can be told, at the ends of the calendar.
    """
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local else None
