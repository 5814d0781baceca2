"""Counting by the day, so that charts need not read the log; and looking at the clock."""

import asyncio
from datetime import UTC, datetime, timedelta

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.health import store
from fedinet.net.clocks import PeerClocks
from fedinet.queue.loop import every

_INTERVAL_S = 3600.0
_CLOCK_S = 60.0


async def keep_counting(pool: Pool, stop: asyncio.Event) -> None:
    """Count every hour, until ``stop``."""

    async def count() -> None:
        await count_once(pool, datetime.now(UTC))

    await every(_INTERVAL_S, count, stop, name="health.upkeep")


async def keep_time(pool: Pool, clocks: PeerClocks, stop: asyncio.Event) -> None:
    """Write down every minute how far our clock is from those of other servers, until ``stop``."""
    await every(_CLOCK_S, lambda: note_clock(pool, clocks), stop, name="health.clock")


async def note_clock(pool: Pool, clocks: PeerClocks) -> None:
    """Write down what they say together. Where too few do, what was written grows old."""
    apart = clocks.apart()
    if apart is not None:
        async with transaction(pool) as tx:
            await store.note_clock(tx, apart)


async def count_once(pool: Pool, now: datetime) -> None:
    """Count today, and yesterday to its end. Idempotent."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    async with transaction(pool) as tx:
        for day in (today - timedelta(days=1), today):
            await store.count_inbound(tx, day)
        await store.count_active(tx, today - timedelta(days=today.weekday()))
        await store.measure_storage(tx, today.date())
        await store.forget_counts(tx, (now - store.KEPT).date())
