"""Counting by the day, so that charts need not read the log; and looking at the machine."""

import asyncio
from datetime import UTC, datetime, timedelta

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.health import store
from fedinet.health.reading import keeps_files
from fedinet.health.troubles import look
from fedinet.http.admission import free_bytes
from fedinet.net.clocks import PeerClocks
from fedinet.queue.loop import every
from fedinet.settings import Settings

_INTERVAL_S = 3600.0
_MACHINE_S = 60.0


async def keep_counting(pool: Pool, stop: asyncio.Event) -> None:
    """Count every hour, until ``stop``."""

    async def count() -> None:
        await count_once(pool, datetime.now(UTC))

    await every(_INTERVAL_S, count, stop, name="health.upkeep")


async def keep_looking(
    pool: Pool, settings: Settings, clocks: PeerClocks, stop: asyncio.Event
) -> None:
    """Look at the machine every minute, until ``stop``."""
    await every(
        _MACHINE_S, lambda: note_machine(pool, settings, clocks), stop, name="health.machine"
    )


async def note_machine(pool: Pool, settings: Settings, clocks: PeerClocks) -> None:
    """Write down how far our clock is from those of other servers, and what is wrong since now.

    Where too few tell the time, what was written of it grows old.
    """
    apart = clocks.apart()
    found = look(
        free_bytes=free_bytes(settings.data),
        min_free_bytes=settings.min_free_bytes,
        keeps_files=keeps_files(settings),
        apart_s=None if apart is None else apart.seconds,
    )
    async with transaction(pool) as tx:
        await store.note_troubles(tx, found)
        if apart is not None:
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
