"""What posts throw away by the clock: keys of requests that nobody repeats any more."""

import asyncio
from datetime import timedelta
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.posts import local_store
from fedinet.posts.idempotency import KEPT_FOR
from fedinet.queue.loop import every

_CHUNK: Final = 5000
_INTERVAL: Final = timedelta(hours=1)


async def forget_keys_once(pool: Pool, *, chunk: int = _CHUNK) -> int:
    """Forget old keys, in small transactions. Returns how many; safe beside other processes."""
    forgotten = 0
    while True:
        async with transaction(pool) as tx:
            count = await local_store.prune_keys(tx, KEPT_FOR, limit=chunk)
        forgotten += count
        if count < chunk:
            return forgotten


async def forget_keys(pool: Pool, stop: asyncio.Event) -> None:
    """Do it at start and every hour."""
    seconds = _INTERVAL.total_seconds()
    await every(seconds, lambda: forget_keys_once(pool), stop, name="posts.upkeep")
