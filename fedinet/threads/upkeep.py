"""What is forgotten by the clock: to whom posts of others were passed on long ago."""

import asyncio
from datetime import timedelta
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.queue.loop import every
from fedinet.threads import forward_store

KEPT_FOR: Final = timedelta(days=90)
"""Changes that come later than this are not passed on."""
_CHUNK: Final = 5000
_INTERVAL: Final = timedelta(hours=6)


async def forget_forwarded_once(pool: Pool, *, chunk: int = _CHUNK) -> int:
    """Forget in small transactions. Returns how many rows; safe beside other processes."""
    forgotten = 0
    while True:
        async with transaction(pool) as tx:
            count = await forward_store.prune(tx, KEPT_FOR, limit=chunk)
        forgotten += count
        if count < chunk:
            return forgotten


async def forget_forwarded(pool: Pool, stop: asyncio.Event) -> None:
    """Do it at start and four times a day."""
    seconds = _INTERVAL.total_seconds()
    await every(seconds, lambda: forget_forwarded_once(pool), stop, name="threads.upkeep")
