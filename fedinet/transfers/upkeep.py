"""By the clock: files that nobody began with, or that ended long ago, are forgotten."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.queue.loop import every
from fedinet.transfers.model import KEPT_FOR, LOOKED_AT_FOR
from fedinet.transfers.store import forget_imports

_INTERVAL_S: Final = 3600.0


async def forget_once(pool: Pool, now: datetime) -> int:
    async with transaction(pool) as tx:
        return await forget_imports(tx, looked_at=now - LOOKED_AT_FOR, ended=now - KEPT_FOR)


async def forget_files(pool: Pool, stop: asyncio.Event) -> None:
    """Look every hour, until ``stop``."""
    await every(
        _INTERVAL_S, lambda: forget_once(pool, datetime.now(UTC)), stop, name="transfers.upkeep"
    )
