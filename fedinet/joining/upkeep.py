"""By the clock: who is next in line, invitations that were not used, requests to forget."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import settle_matter
from fedinet.joining import store, ways_store
from fedinet.joining.letters import Post
from fedinet.joining.model import CONFIRM_WITHIN, LONGEST_IN_LINE
from fedinet.joining.places import fill_room
from fedinet.queue.loop import every

_INTERVAL_S: Final = 300.0


async def keep_once(pool: Pool, post: Post, now: datetime) -> None:
    """Look once. Whoever left or joined in whatever way: the room is counted anew."""
    async with transaction(pool) as tx:
        await fill_room(tx, post=post, now=now)
    async with transaction(pool) as tx:
        kept = timedelta(days=(await ways_store.get_ways(tx)).kept_days)
        forgotten = await store.forget(
            tx, unopened=now - 2 * CONFIRM_WITHIN, ended=now - kept, in_line=now - LONGEST_IN_LINE
        )
        await settle_matter(tx, MatterKind.JOIN_REQUEST, *map(str, forgotten))


async def keep_joining(pool: Pool, post: Post, stop: asyncio.Event) -> None:
    """Look every five minutes, until ``stop``."""
    await every(
        _INTERVAL_S, lambda: keep_once(pool, post, datetime.now(UTC)), stop, name="joining.upkeep"
    )
