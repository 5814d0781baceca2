"""Dead letters that are tried again, and what is forgotten when."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from fedinet.db.batches import in_batches
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.kernel.ids import Domain
from fedinet.outbox import letters_store as letters
from fedinet.outbox.backoff import KEPT_FOR
from fedinet.outbox.counts_store import count_outcomes, forget_counts

logger = logging.getLogger(__name__)

ACTIVITIES_KEPT_FOR: Final = timedelta(days=14)
"""How long ``/activities/ID`` answers, and a peer may ask again."""
LETTERS_KEPT_FOR: Final = timedelta(days=30)


async def retry_dead_letters(
    pool: Pool, *, host: Domain | None = None, ids: Sequence[int] | None = None
) -> int:
    """Try dead letters again: those of one host, or these, or all. Returns how many.

    For stewards; their hosts are tried at once, whatever they did before.
    """
    return await in_batches(
        pool,
        lambda tx, limit: letters.retry_dead_letters(
            tx, host=host, ids=ids, kept_for=KEPT_FOR, limit=limit
        ),
    )


async def tidy_once(pool: Pool) -> int:
    """Bury what expired and forget what is old, in small transactions. Returns how many rows."""
    expired = await in_batches(pool, _bury_expired)
    forgotten = await in_batches(
        pool, lambda tx, limit: letters.prune_dead_letters(tx, LETTERS_KEPT_FOR, limit)
    )
    pruned = await in_batches(
        pool, lambda tx, limit: letters.prune_outgoing(tx, ACTIVITIES_KEPT_FOR, limit)
    )
    async with transaction(pool) as tx:
        await forget_counts(tx)
    if expired or forgotten or pruned:
        logger.info("outbox.tidied expired=%d letters=%d activities=%d", expired, forgotten, pruned)
    return expired + forgotten + pruned


async def _bury_expired(tx: Tx, limit: int) -> int:
    given_up = await letters.bury_expired(tx, limit)
    await count_outcomes(tx, {(host, "given_up"): number for host, number in given_up.items()})
    return sum(given_up.values())
