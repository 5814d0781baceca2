"""What of OAuth is thrown away: codes that are over, apps that nobody let in."""

import asyncio
from datetime import UTC, datetime

from fedinet.db.query import Pool
from fedinet.oauth.store import prune
from fedinet.queue.loop import every

_INTERVAL_S = 3600.0


async def forget_apps(pool: Pool, stop: asyncio.Event) -> None:
    """Do it at start and every hour."""
    await every(_INTERVAL_S, lambda: prune(pool, now=datetime.now(UTC)), stop, name="oauth.upkeep")
