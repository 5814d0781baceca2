"""What is thrown away: sign-ins that nobody ended with a code, secrets that nobody confirmed."""

import asyncio
from datetime import UTC, datetime

from fedinet.db.query import Pool
from fedinet.queue.loop import every
from fedinet.security.mailed_store import prune_mailed
from fedinet.security.notices_store import prune_notices
from fedinet.security.passkey_store import prune_challenges
from fedinet.security.pending_store import prune_pending
from fedinet.security.store import prune_totp

_INTERVAL_S = 3600.0


async def forget_once(pool: Pool, now: datetime) -> None:
    """Delete what is over. Safe beside other processes that do the same."""
    await prune_pending(pool, now=now)
    await prune_totp(pool, now=now)
    await prune_mailed(pool, now=now)
    await prune_challenges(pool, now=now)
    await prune_notices(pool, now=now)


async def forget_unfinished(pool: Pool, stop: asyncio.Event) -> None:
    """Do it at start and every hour."""
    await every(
        _INTERVAL_S, lambda: forget_once(pool, datetime.now(UTC)), stop, name="security.upkeep"
    )
