"""Backups: when the next is due, how files are called, which of them stay. Pure."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

ENDING: Final = ".fedinet"
DRILL_EVERY: Final = timedelta(days=7)
"""So often the newest backup is read back by itself."""
TRY_AGAIN: Final = timedelta(hours=1)
"""After a backup, or reading one back, that failed."""
_ALL_FOR: Final = timedelta(days=1)
_DAILY_FOR: Final = timedelta(days=7)
_NAME: Final = re.compile(r"(?P<of>.+)-(?P<at>\d{8}T\d{6}Z)\.fedinet")
_STAMP: Final = "%Y%m%dT%H%M%SZ"


class RunKind(StrEnum):
    MAKE = "make"
    VERIFY = "verify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A backup that is wanted, under way or made; or one that is read back."""

    id: int
    kind: RunKind
    asked_by: str
    """The name of a member; empty: the clock, or the command line."""
    wanted_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    failed: bool
    why: str
    """Of a failure, for people."""
    place: str
    file: str
    size: int
    """In bytes, encrypted."""
    media_files: int
    posts: int
    members: int
    gone_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the clock needs to know. Times of ends, None where there was none."""

    set_up_at: datetime | None
    made_at: datetime | None
    """When the last backup that was made whole was begun."""
    make_failed_at: datetime | None
    verified_at: datetime | None
    verify_failed_at: datetime | None
    verify_failed_file: str
    oldest_at: datetime | None
    """When the first backup was made: nothing is read back before there is one."""

    @property
    def reading_failed(self) -> bool:
        """The last time a backup was read back, it could not be."""
        failed, verified = self.verify_failed_at, self.verified_at
        return failed is not None and (verified is None or verified <= failed)

    @property
    def last_at(self) -> datetime | None:
        """When the newest backup was begun; where there is none, when the community was set up."""
        return self.made_at or self.set_up_at


def file_name(account_domain: str, now: datetime) -> str:
    """The name of a backup of this node, made now; names in order are times in order."""
    return f"{_bare(account_domain)}-{now.astimezone(UTC):{_STAMP}}{ENDING}"


def time_of(name: str, account_domain: str) -> datetime | None:
    """When a file of this name was made; None: it is not a backup of this node."""
    found = _NAME.fullmatch(name)
    if found is None or found["of"] != _bare(account_domain):
        return None
    try:
        return datetime.strptime(found["at"], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def minute_of(origin: str) -> int:
    """The minute of the hour at which this node makes its backups, so that not all do at once."""
    return sha256(origin.encode()).digest()[0] % 60


def last_slot(local_now: datetime, *, hour: int, minute: int) -> datetime:
    """When the nightly backup was due last. ``local_now``: in the time zone of the machine."""
    slot = local_now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return slot if slot <= local_now else slot - timedelta(days=1)


def is_backup_due(standing: Standing, local_now: datetime, *, hour: int, minute: int) -> bool:
    """Tell whether a night has passed without a backup; what was missed is made up for.

    The first is made in the first night after the node was set up. A clock that was set
    back does not stop them for longer than it was wrong.
    """
    last_at = standing.last_at
    if standing.set_up_at is None or last_at is None:
        return False
    if _is_recent(standing.make_failed_at, local_now, TRY_AGAIN):
        return False
    return min(last_at, local_now) < last_slot(local_now, hour=hour, minute=minute)


def is_drill_due(standing: Standing, now: datetime) -> bool:
    """Tell whether the newest backup should be read back: each week, the first after a day."""
    if standing.oldest_at is None or _is_recent(standing.verify_failed_at, now, TRY_AGAIN * 24):
        return False
    if standing.verified_at is None:
        return now - standing.oldest_at > timedelta(hours=1)
    return now - min(standing.verified_at, now) >= DRILL_EVERY


def to_thin(names: Iterable[str], account_domain: str, now: datetime, *, days: int) -> list[str]:
    """Choose the files that go: all of a day stay, then one each day, after a week one each week.

    What is older than ``days`` goes, but never the newest. Files of others are not touched.
    """
    made = {name: at for name in names if (at := time_of(name, account_domain)) is not None}
    newest_first = sorted(made, key=made.__getitem__, reverse=True)
    kept: set[tuple[int, ...]] = set()
    gone: list[str] = []
    for name in newest_first[1:]:
        age, at = now - made[name], made[name]
        if age > timedelta(days=days):
            gone.append(name)
        elif age > _ALL_FOR:
            period = _period(at, daily=age <= _DAILY_FOR)
            if period in kept:
                gone.append(name)
            kept.add(period)
    return gone


def newest(names: Collection[str], account_domain: str) -> str | None:
    """The newest backup of this node among files."""
    made = {name: at for name in names if (at := time_of(name, account_domain)) is not None}
    return max(made, key=made.__getitem__, default=None)


def _period(at: datetime, *, daily: bool) -> tuple[int, ...]:
    return (at.year, at.month, at.day) if daily else tuple(at.isocalendar()[:2])


def _is_recent(at: datetime | None, now: datetime, span: timedelta) -> bool:
    return at is not None and timedelta() <= now - at < span


def _bare(account_domain: str) -> str:
    return account_domain.replace(":", "_")
