"""By the clock: what nobody works on any more stops, and old files are forgotten."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.queue.loop import every
from fedinet.transfers.commands import BRING
from fedinet.transfers.model import KEPT_FOR, LOOKED_AT_FOR
from fedinet.transfers.store import forget_imports, stop_abandoned

logger = logging.getLogger(__name__)

_INTERVAL_S: Final = 3600.0


async def keep_once(pool: Pool, now: datetime) -> None:
    """Forget files that nobody began with, or that ended long ago.

    An import whose job was given up stops, so that its member sees it, may go on, and their
    next file does not wait for it.
    """
    async with transaction(pool) as tx:
        for import_id in await stop_abandoned(tx, BRING, now=now):
            logger.warning("transfers.abandoned import=%d", import_id)
        await forget_imports(tx, looked_at=now - LOOKED_AT_FOR, ended=now - KEPT_FOR)


async def keep_imports(pool: Pool, stop: asyncio.Event) -> None:
    """Look every hour, until ``stop``."""
    await every(
        _INTERVAL_S, lambda: keep_once(pool, datetime.now(UTC)), stop, name="transfers.upkeep"
    )
