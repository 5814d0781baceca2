"""What goes from the media store by the clock: unpublished uploads, old copies, rowless files.

Nothing is deleted while a backup runs: it writes the database first and the
files after, and a file that the dump names must still be there (TRAPS 15).
"""

import asyncio
import logging
from datetime import timedelta
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Conn, Pool, query
from fedinet.media import remote_store, store
from fedinet.media.files import FileStore, LocalFiles
from fedinet.queue.loop import every
from fedinet.settings import Settings

logger = logging.getLogger(__name__)

UNUSED_FOR: Final = timedelta(days=1)
_CHUNK: Final = 500
_INTERVAL_S: Final = 60.0
_BACKUP_LOCK: Final = 6_015_007
"""Session lock: shared by backups, tried exclusively by whoever deletes."""

_HOLD = query("media.hold_files", f"SELECT pg_advisory_lock_shared({_BACKUP_LOCK})")
_TRY = query("media.try_to_delete_files", f"SELECT pg_try_advisory_lock({_BACKUP_LOCK})")
_LET_GO = query("media.let_go_of_files", f"SELECT pg_advisory_unlock_shared({_BACKUP_LOCK})")
_DONE = query("media.done_deleting_files", f"SELECT pg_advisory_unlock({_BACKUP_LOCK})")


async def hold_files(conn: Conn) -> None:
    """Let no file be deleted until ``conn`` lets go, or is closed. For backups."""
    await conn.execute(_HOLD)


async def let_go_of_files(conn: Conn) -> None:
    await conn.execute(_LET_GO)


async def upkeep_once(pool: Pool, files: FileStore, settings: Settings) -> int:
    """Delete what is due. Returns how many rows and files went; safe beside other processes."""
    gone = 0
    async with transaction(pool) as tx:
        gone += await store.delete_unused(tx, UNUSED_FOR, limit=_CHUNK)
        unused_for = timedelta(days=settings.media_cache_days)
        gone += await remote_store.delete_old(tx, unused_for, limit=_CHUNK)
        gone += await remote_store.delete_beyond(tx, settings.media_cache_bytes, limit=_CHUNK)
    return gone + await _delete_files(pool, files)


async def run_upkeep(pool: Pool, files: FileStore, settings: Settings, stop: asyncio.Event) -> None:
    """Do it at start and every minute."""

    async def tidy() -> None:
        if isinstance(files, LocalFiles):
            await asyncio.to_thread(files.sweep)
        while await upkeep_once(pool, files, settings) and not stop.is_set():
            pass

    await every(_INTERVAL_S, tidy, stop, name="media.upkeep")


async def _delete_files(pool: Pool, files: FileStore) -> int:
    """Delete files first and then forget them: a crash between costs nothing."""
    async with pool.acquire() as conn:
        if not await conn.fetchval(_TRY):
            return 0
        try:
            names = await store.list_doomed(conn, limit=_CHUNK)
            if names:
                await files.delete(names)
                await store.forget_doomed(conn, names)
                logger.info("media.deleted files=%d", len(names))
        finally:
            await _let_others_delete(conn)
    return len(names)


async def _let_others_delete(conn: Conn) -> None:
    """Give the lock back. A connection that cannot is closed: it would keep the lock for good."""
    try:
        await conn.execute(_DONE)
    except BaseException:
        conn.terminate()
        raise
