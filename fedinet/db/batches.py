"""Many rows changed in small transactions: none holds all of them, and none grows without end."""

from collections.abc import Awaitable, Callable
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx

BATCH: Final = 1000
_MOST_BATCHES: Final = 200


async def in_batches(pool: Pool, step: Callable[[Tx, int], Awaitable[int]]) -> int:
    """Call ``step`` with a transaction and how many rows at most; it returns how many it changed.

    Fewer than that end it. Returns how many in all; what is left after 200,000 waits.
    """
    total = 0
    for _ in range(_MOST_BATCHES):
        async with transaction(pool) as tx:
            count = await step(tx, BATCH)
        total += count
        if count < BATCH:
            break
    return total
