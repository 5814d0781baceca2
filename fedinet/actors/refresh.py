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
from fedinet.queue.jobs import promised_of_each

REFRESH_ACTOR: Final = "actors.refresh"
"""Job with ``{"actor_id": …}``; with ``"was_gone": true`` the second look at one that is gone."""

READ_AGAIN_AFTER: Final = timedelta(days=1)
"""Where somebody here looks at the actor."""
HEARD_AGAIN_AFTER: Final = timedelta(days=7)
"""Where the actor does something, and nobody looks."""
GONE_FOR: Final = timedelta(days=1)
"""Who deleted themselves so long ago and does something may have come back."""
_NOT_BEFORE: Final = timedelta(days=1)

PROMISE: Final = f"""
    claimed AS (
        UPDATE actors
           SET refresh_after = :now + interval '{_NOT_BEFORE.days} days'
         WHERE id = :who AND NOT is_local
           AND (refresh_after IS NULL OR refresh_after <= :now)
           AND CASE WHEN gone_at IS NULL
                    THEN fetched_at IS NULL OR fetched_at <= :now - :older_than
                    ELSE gone_at <= :now - interval '{GONE_FOR.days} days' END
         RETURNING id
    ), refreshed AS ({promised_of_each(REFRESH_ACTOR, "claimed")})"""  # noqa: S608  # constants
"""SQL, to stand after WITH: let a job read ``:who`` again if that is due."""

_PROMISE = query(
    "actors.promise_refresh",
    f"WITH {PROMISE} SELECT id FROM claimed".replace(":now", "$2::timestamptz")  # noqa: S608
    .replace(":who", "$1")
    .replace(":older_than", "$3::interval"),
)


async def promise_refresh(
    tx: Tx, actor_id: ActorId, *, older_than: timedelta, now: datetime
) -> bool:
    """Let a job read the actor again if that was not done for ``older_than``. False: no need."""
    return await tx.fetchval(_PROMISE, actor_id, now, older_than) is not None


async def look_at(pool: Pool, actor: Actor, *, now: datetime) -> None:
    """A member looks at somebody: what they see next time is a day old at most."""
    if actor.is_local or (
        actor.fetched_at is not None and now - actor.fetched_at < READ_AGAIN_AFTER
    ):
        return
    async with transaction(pool) as tx:
        await promise_refresh(tx, actor.id, older_than=READ_AGAIN_AFTER, now=now)
