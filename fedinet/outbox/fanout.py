"""Activity -> distinct inboxes -> deliveries, in one transaction. No network.

A host that was given up gets no more posts to followers. What names somebody
there (a follow, a mention, an answer) is still tried, and so is anything once
a week: two nodes that lost each other find each other again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import Domain
from fedinet.kernel.names import NodeUris
from fedinet.kernel.uris import origin_of
from fedinet.outbox import fanout_store as store
from fedinet.outbox.backoff import KEPT_FOR
from fedinet.outbox.fanout_store import Reached
from fedinet.outbox.hosts_store import announce_due, list_given_up
from fedinet.outbox.metrics import FANNED_OUT
from fedinet.outbox.prove import ProofKeys, prove_public

logger = logging.getLogger(__name__)

PROBED_EVERY = timedelta(days=7)
_BATCH = 20


@dataclass(frozen=True, slots=True)
class FannedOut:
    """How much a batch was. ``is_full``: more may be waiting."""

    activities: int = 0
    deliveries: int = 0
    is_full: bool = False


async def fan_out_once(
    pool: Pool, uris: NodeUris, *, limit: int = _BATCH, proof_keys: ProofKeys | None = None
) -> int:
    """Do the same as ``fan_out_batch``. Returns how many activities."""
    return (await fan_out_batch(pool, uris, limit=limit, proof_keys=proof_keys)).activities


async def fan_out_batch(
    pool: Pool, uris: NodeUris, *, limit: int = _BATCH, proof_keys: ProofKeys | None = None
) -> FannedOut:
    """Write the deliveries of the oldest waiting activities.

    With ``proof_keys`` the public ones get an integrity proof first.
    """
    async with transaction(pool) as tx:
        picked = await store.pick_outgoing(tx, limit)
        if not picked:
            return FannedOut()
        wanted = await _wanted(tx, uris, await store.list_inboxes(tx, picked))
        if wanted and proof_keys is not None:
            sent = sorted({reached.outgoing_id for _, reached in wanted})
            await prove_public(tx, proof_keys, sent, now=datetime.now(UTC))
        if wanted:
            await store.insert_deliveries(tx, wanted, KEPT_FOR)
            await announce_due(tx)
        await store.finish_fan_out(tx, picked)
    FANNED_OUT.inc(len(wanted))
    logger.info("outbox.fanned_out activities=%d deliveries=%d", len(picked), len(wanted))
    return FannedOut(len(picked), len(wanted), is_full=len(picked) == limit)


async def _wanted(tx: Tx, uris: NodeUris, found: Sequence[Reached]) -> list[tuple[Domain, Reached]]:
    placed = [
        (host, reached)
        for reached in found
        if not uris.is_ours(reached.inbox_url)
        and (host := _host(reached.inbox_url)) is not None
        and host != reached.except_host
    ]
    if not placed:
        return []
    given_up = await list_given_up(tx, [host for host, _ in placed], PROBED_EVERY)
    return [(host, reached) for host, reached in placed if reached.is_named or host not in given_up]


@lru_cache(maxsize=20_000)
def _host(inbox_url: str) -> Domain | None:
    """Which queue an inbox belongs to; None where the address can be nobody's."""
    try:
        return origin_of(inbox_url).domain
    except Malformed:
        return None
