"""What the house throws away: ended sessions and counts that no limit looks at."""

import asyncio
from datetime import UTC, datetime, timedelta

from fedinet.db.query import Pool
from fedinet.http.limits import prune_attempts
from fedinet.http.sessions import forget_networks, prune_sessions
from fedinet.queue.loop import every
from fedinet.settings import Settings

_INTERVAL_S = 3600.0


async def sweep_once(pool: Pool, now: datetime, *, ip_days: int) -> None:
    """Delete what is over. Safe beside other processes that do the same."""
    await prune_sessions(pool, now=now)
    await forget_networks(pool, before=now - timedelta(days=ip_days))
    await prune_attempts(pool, now=now)


async def sweep(pool: Pool, settings: Settings, stop: asyncio.Event) -> None:
    """Do it at start and every hour."""
    await every(
        _INTERVAL_S,
        lambda: sweep_once(pool, datetime.now(UTC), ip_days=settings.ip_days),
        stop,
        name="http.upkeep",
    )
