"""Writing the journal: what the database noted goes to the disk within a second, and stays."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Final

from fedinet.backups import erasures_store
from fedinet.backups.journal import FOLDER, MARGIN, Erased, Erasure, Journal, files_of
from fedinet.backups.places import open_place
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.node.secrets import SecretBox
from fedinet.queue.loop import every, keep_going
from fedinet.settings import Settings

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 2000
_TICK_S: Final = 5.0
_TIDY_S: Final = 60.0


def journal_of(settings: Settings, box: SecretBox) -> Journal:
    return Journal(settings.data / FOLDER, box)


async def keep_journal(
    pool: Pool, settings: Settings, box: SecretBox, stop: asyncio.Event, *, wake: asyncio.Event
) -> None:
    """Write what is erased as soon as it is, and keep a copy beside the backups."""
    journal = journal_of(settings, box)

    async def tidy() -> None:
        await asyncio.to_thread(copy_beside, settings)
        await prune(pool, settings, journal, datetime.now(UTC))

    async with asyncio.TaskGroup() as loops:
        loops.create_task(
            keep_going(
                lambda: write_once(pool, journal), stop, name="journal", wake=wake, tick_s=_TICK_S
            )
        )
        loops.create_task(every(_TIDY_S, tidy, stop, name="journal.upkeep"))


async def write_once(pool: Pool, journal: Journal) -> int:
    """Move what waits to the journal: first on the disk, then out of the table."""
    async with transaction(pool) as tx:
        taken = await erasures_store.take(tx, _AT_ONCE)
        if taken:
            lines = [_erasure(journal, *one) for one in taken]
            await asyncio.to_thread(journal.append, lines)
    return len(taken)


async def prune(pool: Pool, settings: Settings, journal: Journal, now: datetime) -> None:
    """Delete what is older than every backup that may still be restored."""
    before = now - timedelta(days=settings.backup_days)
    oldest = await erasures_store.find_oldest_backup(pool)
    await asyncio.to_thread(journal.prune, min(before, oldest or before) - MARGIN)


def copy_beside(settings: Settings) -> None:
    """Copy what changed to where the backups are, where that is another place than ours."""
    if settings.backup_store is None:
        return
    place = open_place(settings)
    there = place.beside(FOLDER)
    for path in files_of(settings.data / FOLDER):
        if there.get(path.name, -1) < path.stat().st_size:
            place.put_beside(FOLDER, path)


def _erasure(journal: Journal, kind: str, key: str, at: datetime) -> Erasure:
    if kind == Erased.ADDRESS:
        actor_id, _, digest = key.partition(":")
        key = f"{actor_id}:{journal.mark_of(digest)}"
    return Erasure(at, Erased(kind), key)
