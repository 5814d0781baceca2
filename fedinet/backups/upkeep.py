"""By the clock: a backup each night, reading one back each week, and telling stewards.

The work is done by a process of its own with low priority, so that a long backup slows
nobody down and a killed one takes nothing with it.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from fedinet.backups import store
from fedinet.backups.model import (
    RunKind,
    Standing,
    is_backup_due,
    is_drill_due,
    minute_of,
)
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import tell_once
from fedinet.health.findings import is_backup_late
from fedinet.queue.loop import every
from fedinet.settings import Settings

logger = logging.getLogger(__name__)

PAGE: Final = "/admin/backups"
_INTERVAL_S: Final = 15.0


async def keep_backups(pool: Pool, settings: Settings, stop: asyncio.Event) -> None:
    """Look four times a minute until ``stop``; at most one child at a time, ended with us."""
    child: asyncio.subprocess.Process | None = None

    async def look() -> None:
        nonlocal child
        if child is not None and child.returncode is None:
            return
        if await look_once(pool, settings, datetime.now(UTC)):
            child = await start_child(settings)

    try:
        await every(_INTERVAL_S, look, stop, name="backups.upkeep")
    finally:
        if child is not None and child.returncode is None:
            child.terminate()
            await child.wait()


async def look_once(pool: Pool, settings: Settings, now: datetime) -> bool:
    """Want what is due, tell stewards what they should know; tell whether anything is wanted."""
    standing = await store.read_standing(pool)
    async with transaction(pool) as tx:
        if settings.nightly_backups and is_backup_due(
            standing,
            now.astimezone(),
            hour=settings.backup_hour,
            minute=minute_of(str(settings.origin)),
        ):
            await store.want(tx, RunKind.MAKE)
        await tell_once(tx, MatterKind.BACKUP_LATE, _late(standing, now))
        if settings.nightly_backups and is_drill_due(standing, now):
            await store.want(tx, RunKind.VERIFY)
        await tell_once(tx, MatterKind.BACKUP_FAILED, _failed(standing))
        await tell_once(tx, MatterKind.DRILL_FAILED, _unreadable(standing))
    return bool(await store.list_wanted(pool))


async def start_child(settings: Settings) -> asyncio.subprocess.Process:
    """Start the process that works off what is wanted."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "fedinet",
        "backup",
        "work",
        env={**os.environ, **_environment(settings)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )


def _late(standing: Standing, now: datetime) -> Mapping[str, tuple[str, str]]:
    since = standing.last_at
    if since is None or not is_backup_late(since, now):
        return {}
    return {f"{since:%Y-%m-%d %H:%M}": (f"{since:%Y-%m-%d}", PAGE)}


def _failed(standing: Standing) -> Mapping[str, tuple[str, str]]:
    failed, made = standing.make_failed_at, standing.made_at
    if failed is None or (made is not None and made > failed):
        return {}
    # A day's failures are one line, and those after a backup that was made another one.
    day_and_last = f"{failed:%Y-%m-%d} after {'none' if made is None else made.isoformat()}"
    return {day_and_last: (f"{failed:%Y-%m-%d %H:%M} UTC", PAGE)}


def _unreadable(standing: Standing) -> Mapping[str, tuple[str, str]]:
    failed = standing.verify_failed_at
    if failed is None or not standing.reading_failed:
        return {}
    return {failed.isoformat(): (standing.verify_failed_file or f"{failed:%Y-%m-%d}", PAGE)}


def _environment(settings: Settings) -> Mapping[str, str]:
    """This process's settings for the child, who cannot see our flags."""
    given = {
        "data": str(settings.data),
        "origin": str(settings.origin),
        "account_domain": settings.account_domain,
        "database_url": settings.direct_database_url or settings.database_url,
        "min_free_mb": str(settings.min_free_bytes // (1024 * 1024)),
        "backup_days": str(settings.backup_days),
        "backup_store": settings.backup_store,
        "backup_store_endpoint": settings.backup_store_endpoint,
        "backup_store_region": settings.backup_store_region,
        "backup_store_key": settings.backup_store_key,
        "backup_store_secret": settings.backup_store_secret,
        "media_store": settings.media_store,
        "allow_private_networks": ",".join(map(str, settings.allow_private_networks)) or None,
        "intranet": "yes" if settings.intranet else None,
    }
    return {f"FEDINET_{name.upper()}": text for name, text in given.items() if text is not None}
