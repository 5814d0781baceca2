"""Who a visitor is is forgotten in time, and what was reported or taken away.

Stewards hear again of whom they keep waiting.
"""

import asyncio
from datetime import UTC, datetime
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.moderation.acts_store import SAID_KEPT, forget_said
from fedinet.moderation.looking import remind_of_looks
from fedinet.moderation.reported_store import forget_reported
from fedinet.moderation.visitors_store import NAMED_FOR, forget_visitors
from fedinet.queue.loop import every

_INTERVAL_S: Final = 6 * 3600.0


async def keep_visitors(pool: Pool, stop: asyncio.Event) -> None:
    """Look every six hours, until ``stop``."""
    await every(_INTERVAL_S, lambda: forget_once(pool), stop, name="moderation.upkeep")


async def forget_once(pool: Pool) -> None:
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        await forget_visitors(tx, before=now - NAMED_FOR)
    await forget_said(pool, before=now - SAID_KEPT)
    await forget_reported(pool, now=now)


async def keep_looks(pool: Pool, stop: asyncio.Event) -> None:
    """The same for second looks that nobody answers."""

    async def remind() -> None:
        async with transaction(pool) as tx:
            await remind_of_looks(tx, now=datetime.now(UTC))

    await every(_INTERVAL_S, remind, stop, name="moderation.looks")
