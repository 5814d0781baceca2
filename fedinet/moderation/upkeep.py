"""Who a visitor is is forgotten in time, and stewards hear again of whom they keep waiting."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.moderation.looking import remind_of_looks
from fedinet.moderation.visitors_store import NAMED_FOR, forget_visitors
from fedinet.queue.loop import every

_INTERVAL_S: Final = 6 * 3600.0


async def keep_visitors(pool: Pool, stop: asyncio.Event) -> None:
    """Look every six hours, until ``stop``."""
    await every(
        _INTERVAL_S,
        lambda: forget_visitors(pool, before=datetime.now(UTC) - NAMED_FOR),
        stop,
        name="moderation.upkeep",
    )


async def keep_looks(pool: Pool, stop: asyncio.Event) -> None:
    """The same for second looks that nobody answers."""

    async def remind() -> None:
        async with transaction(pool) as tx:
            await remind_of_looks(tx, now=datetime.now(UTC))

    await every(_INTERVAL_S, remind, stop, name="moderation.looks")
