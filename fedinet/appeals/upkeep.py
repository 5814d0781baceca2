"""Settled appeals are forgotten after a time."""

import asyncio

from fedinet.appeals import store
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.queue.loop import every

_INTERVAL_S = 6 * 3600.0


async def forget_appeals(pool: Pool, stop: asyncio.Event) -> None:
    """Look every six hours, until ``stop``."""

    async def forget() -> None:
        async with transaction(pool) as tx:
            await store.forget_settled(tx)

    await every(_INTERVAL_S, forget, stop, name="appeals.upkeep")
