"""Promising to read a remote actor again, when somebody has to do with it and it was long ago.

At most once a day for each, whatever came of it: a server that is away is not
asked by every visitor of a page.
"""

from datetime import datetime, timedelta
from typing import Final

from fedinet.actors.model import Actor
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx, query
from fedinet.kernel.ids import ActorId
from fedinet.queue.jobs import enqueue_job

REFRESH_ACTOR: Final = "actors.refresh"
"""Job with ``{"actor_id": …}``; with ``"was_gone": true`` the second look at one that is gone."""

READ_AGAIN_AFTER: Final = timedelta(days=1)
"""Where somebody here looks at the actor."""
HEARD_AGAIN_AFTER: Final = timedelta(days=7)
"""Where the actor does something, and nobody looks."""
GONE_FOR: Final = timedelta(days=1)
"""Who deleted themselves so long ago and does something may have come back."""
_NOT_BEFORE: Final = timedelta(days=1)

_CLAIM = query(
    "actors.claim_refresh",
    """
    UPDATE actors
       SET refresh_after = $4
     WHERE id = $1 AND NOT is_local
       AND (refresh_after IS NULL OR refresh_after <= $2)
       AND CASE WHEN gone_at IS NULL THEN fetched_at IS NULL OR fetched_at <= $3
                ELSE gone_at <= $5 END
     RETURNING id
""",
)


async def promise_refresh(
    tx: Tx, actor_id: ActorId, *, older_than: timedelta, now: datetime
) -> bool:
    """Let a job read the actor again if that was not done for ``older_than``. False: no need."""
    claimed = await tx.fetchval(
        _CLAIM, actor_id, now, now - older_than, now + _NOT_BEFORE, now - GONE_FOR
    )
    if claimed is None:
        return False
    await enqueue_job(tx, REFRESH_ACTOR, {"actor_id": actor_id}, unique_key=str(actor_id))
    return True


async def look_at(pool: Pool, actor: Actor, *, now: datetime) -> None:
    """A member looks at somebody: what they see next time is a day old at most."""
    if actor.is_local or (
        actor.fetched_at is not None and now - actor.fetched_at < READ_AGAIN_AFTER
    ):
        return
    async with transaction(pool) as tx:
        await promise_refresh(tx, actor.id, older_than=READ_AGAIN_AFTER, now=now)
