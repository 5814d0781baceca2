"""Time zones by their IANA names. Pure, but for the tables that it reads."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from babel.localtime import get_localzone

UTC_NAME: Final = "UTC"
_MINUTE: Final = timedelta(minutes=1)
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


def machine_zone() -> str:
    """The zone that this machine is set to; UTC where none can be told, or chosen from ours."""
    try:
        name = str(get_localzone())
    except (LookupError, OSError, ValueError):
        return UTC_NAME
    return name if is_zone(name) else UTC_NAME


def zone_of(*names: str) -> ZoneInfo:
    """The first of these that (still) is a time zone; else UTC."""
    return ZoneInfo(next((name for name in names if is_zone(name)), UTC_NAME))


def moments_on(local: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The moments, in UTC, at which a clock of this zone shows a time, the first first.

    None where the clock skips it; two where it is put back.

    Raises:
        OverflowError: no moment that can be told, at the ends of the calendar.
    """
    at = [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    shown = [one for one in at if one.astimezone(zone).replace(tzinfo=None, fold=0) == local]
    return tuple(sorted(set(shown)))


def stands_twice(local: datetime) -> bool:
    """Tell whether the clock of its zone, where it is put back, shows this moment's time twice."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def skipped_around(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From which time to which a clock is put forward that skips ``local``, as it shows them."""
    after, before = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    earlier, later = before.astimezone(zone).utcoffset(), after.astimezone(zone).utcoffset()
    while after - before > _MINUTE:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == earlier:
            before = middle
        else:
            after = middle
    jump = after.replace(second=0, microsecond=0, tzinfo=None)
    none = timedelta(0)
    return jump + (earlier or none), jump + (later or none)
