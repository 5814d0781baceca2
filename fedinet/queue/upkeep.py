"""Work that was given up is forgotten after a month."""

import asyncio
import logging
from collections.abc import Collection
from typing import Final

from fedinet.db.query import Pool
from fedinet.queue.dead_letters import prune_failed
from fedinet.queue.loop import every

logger = logging.getLogger(__name__)

_INTERVAL_S: Final = 6 * 3600.0


async def forget_failed(pool: Pool, stop: asyncio.Event, *, owed: Collection[str]) -> None:
    """Look every six hours, until ``stop``. ``owed``: kinds that stay until they are done."""

    async def forget() -> None:
        count = await prune_failed(pool, owed=owed)
        if count:
            logger.info("queue.forgotten count=%d", count)

    await every(_INTERVAL_S, forget, stop, name="queue.upkeep")
