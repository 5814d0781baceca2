"""What the house throws away: ended sessions and counts that no limit looks at."""

import asyncio
from datetime import UTC, datetime

from fedinet.db.query import Pool
from fedinet.http.limits import prune_attempts
from fedinet.http.sessions import prune_sessions
from fedinet.queue.loop import every

_INTERVAL_S = 3600.0


async def sweep_once(pool: Pool, now: datetime) -> None:
    """Delete what is over. Safe beside other processes that do the same."""
    await prune_sessions(pool, now=now)
    await prune_attempts(pool, now=now)


async def sweep(pool: Pool, stop: asyncio.Event) -> None:
    """Do it at start and every hour."""
    await every(_INTERVAL_S, lambda: sweep_once(pool, datetime.now(UTC)), stop, name="http.upkeep")
