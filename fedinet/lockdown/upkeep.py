"""Who was signed in when a lockdown began is forgotten after 30 days."""

import asyncio
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.lockdown import store
from fedinet.queue.loop import every

_INTERVAL_S: Final = 6 * 3600.0


async def forget_ended(pool: Pool, stop: asyncio.Event) -> None:
    """Look every six hours, until ``stop``."""

    async def forget() -> None:
        async with transaction(pool) as tx:
            await store.forget_sessions(tx)

    await every(_INTERVAL_S, forget, stop, name="lockdown.upkeep")
