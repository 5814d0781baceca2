"""What posts do by the clock: forget keys that nobody repeats and drafts, count what is stored."""

import asyncio
import logging
from datetime import timedelta
from time import monotonic
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.kernel.ids import ActorId
from fedinet.posts import counts_store, kept_store, local_store
from fedinet.posts.idempotency import KEPT_FOR
from fedinet.queue.loop import every, rest

logger = logging.getLogger(__name__)

_CHUNK: Final = 5000
_AUTHORS: Final = 100
_RESTS: Final = 9
"""So many times as long as a step of counting took: requests have the machine meanwhile."""
_AFTER_START_S: Final = 60.0
_A_DAY: Final = timedelta(days=1)
_INTERVAL: Final = timedelta(hours=1)


async def forget_keys_once(pool: Pool, *, chunk: int = _CHUNK) -> int:
    """Forget old keys and drafts, in small transactions. Returns how many; safe beside others."""
    forgotten = 0
    for prune in (local_store.prune_keys, kept_store.prune):
        count = chunk
        while count >= chunk:
            async with transaction(pool) as tx:
                count = await prune(tx, KEPT_FOR, limit=chunk)
            forgotten += count
    return forgotten


async def forget_keys(pool: Pool, stop: asyncio.Event) -> None:
    """Do it at start and every hour."""
    seconds = _INTERVAL.total_seconds()
    await every(seconds, lambda: forget_keys_once(pool), stop, name="posts.upkeep")


async def count_stored_once(
    pool: Pool, stop: asyncio.Event | None = None, *, chunk: int = _AUTHORS
) -> int:
    """Count the stored posts of all authors elsewhere again. Returns how many counts were wrong.

    ``stop``: it rests after each step, until then at most; None: it does all at once.
    """
    wrong, last = 0, ActorId(0)
    while stop is None or not stop.is_set():
        began = monotonic()
        async with transaction(pool) as tx:
            authors = await counts_store.list_authors_elsewhere(tx, after=last, limit=chunk)
            wrong += await counts_store.count_again(tx, authors) if authors else 0
        if len(authors) < chunk:
            break
        last = authors[-1]
        if stop is not None:
            await rest(stop, None, _RESTS * (monotonic() - began))
    if wrong:
        logger.warning("posts.recounted authors=%d", wrong)
    return wrong


async def count_stored(pool: Pool, stop: asyncio.Event) -> None:
    """Do it soon after the start and every day, little by little: it reads every post."""
    await rest(stop, None, _AFTER_START_S)
    seconds = _A_DAY.total_seconds()
    await every(seconds, lambda: count_stored_once(pool, stop), stop, name="posts.counts")
