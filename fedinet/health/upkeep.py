"""Counting by the day, so that charts need not read the log."""

import asyncio
from datetime import UTC, datetime, timedelta

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.health import store
from fedinet.queue.loop import every

_INTERVAL_S = 3600.0


async def keep_counting(pool: Pool, stop: asyncio.Event) -> None:
    """Count every hour, until ``stop``."""

    async def count() -> None:
        await count_once(pool, datetime.now(UTC))

    await every(_INTERVAL_S, count, stop, name="health.upkeep")


async def count_once(pool: Pool, now: datetime) -> None:
    """Count today, and yesterday to its end. Idempotent."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    async with transaction(pool) as tx:
        for day in (today - timedelta(days=1), today):
            await store.count_inbound(tx, day)
        await store.count_active(tx, today - timedelta(days=today.weekday()))
        await store.measure_storage(tx, today.date())
        await store.forget_counts(tx, (now - store.KEPT).date())
