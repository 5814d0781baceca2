"""By the clock: stewards see whom nobody answered."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.queue.loop import every
from fedinet.welcome.commands import tell_of_late

_INTERVAL_S: Final = 900.0


async def look_once(pool: Pool, now: datetime) -> None:
    async with transaction(pool) as tx:
        await tell_of_late(tx, now=now)


async def keep_welcoming(pool: Pool, stop: asyncio.Event) -> None:
    """Look every quarter of an hour, until ``stop``."""
    await every(
        _INTERVAL_S, lambda: look_once(pool, datetime.now(UTC)), stop, name="welcome.upkeep"
    )
