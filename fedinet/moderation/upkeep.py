"""Who a visitor is is forgotten in time, also where nobody settles their report."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from fedinet.db.query import Pool
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
