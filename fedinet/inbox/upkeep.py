"""What keeps the inbox's tables small: partitions of the log by day, old ids forgotten."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from functools import partial

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.inbox import held, store
from fedinet.inbox.activities_store import prune_received
from fedinet.node.secrets import SecretBox
from fedinet.queue.loop import every

LOG_DAYS_AHEAD = 7
SEEN_DAYS_KEPT = 7
"""Far longer than a signature lives (12 hours), or a server goes on repeating (3 days)."""
REFUSAL_DAYS_KEPT = 90
RECEIVED_DAYS_KEPT = 90
"""How far back a member's ActivityPub client reads the inbox."""
_CHUNK = 5000
_INTERVAL_S = 3600.0
_HELD_INTERVAL_S = 30.0


async def keep_up_once(pool: Pool, today: date, *, log_days: int) -> int:
    """Do what is due; safe beside other processes that do the same. Returns what changed."""
    async with transaction(pool) as tx:
        await tx.execute("SELECT pg_advisory_xact_lock(hashtext('inbox upkeep'))")
        await tx.execute("SET LOCAL lock_timeout = '5s'")
        changed = await store.tend_log(tx, today, days_ahead=LOG_DAYS_AHEAD, days_kept=log_days)
        await store.prune_refusals(tx, today, days_kept=REFUSAL_DAYS_KEPT)
    changed += await _in_chunks(pool, partial(store.prune_seen, days_kept=SEEN_DAYS_KEPT))
    return changed + await _in_chunks(pool, partial(prune_received, days_kept=RECEIVED_DAYS_KEPT))


async def _in_chunks(pool: Pool, prune: Callable[..., Awaitable[int]]) -> int:
    total = 0
    while True:
        async with transaction(pool) as tx:
            pruned = await prune(tx, limit=_CHUNK)
        total += pruned
        if pruned < _CHUNK:
            return total


async def let_in_the_met(pool: Pool, box: SecretBox, stop: asyncio.Event, *, scheme: str) -> None:
    """Every half minute: let in what was held of servers that members have met since."""

    async def let_in() -> None:
        await held.release_met(pool, box, scheme=scheme)
        await held.forget_old(pool)

    await every(_HELD_INTERVAL_S, let_in, stop, name="inbox.held")


async def keep_up(pool: Pool, stop: asyncio.Event, *, log_days: int) -> None:
    """Do it at start and every hour."""
    await every(
        _INTERVAL_S,
        lambda: keep_up_once(pool, datetime.now(UTC).date(), log_days=log_days),
        stop,
        name="inbox.upkeep",
    )
