"""What is thrown away: sign-ins that nobody ended with a code, secrets that nobody confirmed."""

import asyncio
from datetime import UTC, datetime, timedelta

from fedinet.accounts.links_store import prune_links
from fedinet.db.query import Pool
from fedinet.queue.loop import every
from fedinet.security.mailed_store import prune_mailed
from fedinet.security.notices_store import forget_networks, prune_notices
from fedinet.security.owner_links_store import prune_owner_links
from fedinet.security.passkey_store import prune_challenges
from fedinet.security.pending_store import prune_pending
from fedinet.security.store import prune_totp
from fedinet.settings import Settings

_INTERVAL_S = 3600.0


async def forget_once(pool: Pool, now: datetime, *, ip_days: int) -> None:
    """Delete what is over. Safe beside other processes that do the same."""
    await prune_pending(pool, now=now)
    await prune_totp(pool, now=now)
    await prune_mailed(pool, now=now)
    await prune_challenges(pool, now=now)
    await prune_owner_links(pool, now=now)
    await prune_links(pool, now=now)
    await forget_networks(pool, before=now - timedelta(days=ip_days))
    await prune_notices(pool, now=now)


async def forget_unfinished(pool: Pool, settings: Settings, stop: asyncio.Event) -> None:
    """Do it at start and every hour."""
    await every(
        _INTERVAL_S,
        lambda: forget_once(pool, datetime.now(UTC), ip_days=settings.ip_days),
        stop,
        name="security.upkeep",
    )
