"""Rows of ``follower_digests`` (kept by triggers on ``follows``) and ``follower_checks``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.follows.model import FollowState
from fedinet.follows.store import FOLLOW_COLUMNS, follow_of
from fedinet.follows.synchronisation import Known
from fedinet.kernel.ids import ActorId, ActorUri
from fedinet.vocab.synchronisation import NOBODY

_FIND_DIGEST = query(
    "follows.find_digest",
    "SELECT digest FROM follower_digests WHERE target_id = $1 AND origin = $2",
)

_LIST_ON = query(
    "follows.list_followers_on",
    """
    SELECT a.uri
      FROM follows f
      JOIN actors a ON a.id = f.follower_id
     WHERE f.target_id = $1 AND f.state = 'accepted' AND a.origin = $2
     ORDER BY f.follower_id
     LIMIT $3
""",
)

_LOCK_OURS: Final = query(
    "follows.lock_our_followers",
    "SELECT a.uri AS follower_uri, f.accepted_at,"
    + FOLLOW_COLUMNS
    + """
      FROM follows f
      JOIN actors a ON a.id = f.follower_id
     WHERE f.target_id = $1 AND a.is_local
     ORDER BY f.follower_id
     LIMIT $2
       FOR UPDATE OF f
""",
)

_CLAIM_CHECK = query(
    "follows.claim_check",
    """
    INSERT INTO follower_checks AS c (actor_id, again_at)
    VALUES ($1, $3)
        ON CONFLICT (actor_id) DO UPDATE
       SET again_at = excluded.again_at
     WHERE c.again_at <= $2
    RETURNING actor_id
""",
)

_POSTPONE_CHECK = query(
    "follows.postpone_check",
    "UPDATE follower_checks SET again_at = $2 WHERE actor_id = $1",
)


async def find_digest(conn: Conn | Pool, target_id: ActorId, origin: str) -> str:
    """The digest of the accepted followers that an actor has on a server, as hex."""
    digest = await conn.fetchval(_FIND_DIGEST, target_id, origin)
    return NOBODY if digest is None else digest.bytes.hex()


async def list_followers_on(
    conn: Conn, target_id: ActorId, origin: str, *, limit: int
) -> Sequence[ActorUri]:
    """Who follows an actor from one server; suspended people too, whose follows stand."""
    return [ActorUri(row["uri"]) for row in await conn.fetch(_LIST_ON, target_id, origin, limit)]


async def lock_our_followers(tx: Tx, target_id: ActorId, *, limit: int) -> Sequence[Known]:
    """Read, and hold, how our people follow somebody: accepted and waiting."""
    return [
        Known(
            ActorUri(row["follower_uri"]),
            follow_of(row),
            row["accepted_at"] if row["state"] == FollowState.ACCEPTED else None,
        )
        for row in await tx.fetch(_LOCK_OURS, target_id, limit)
    ]


async def claim_check(tx: Tx, actor_id: ActorId, *, now: datetime, again_at: datetime) -> bool:
    """Take the right to ask about an actor's followers; False before it may be done again."""
    return await tx.fetchval(_CLAIM_CHECK, actor_id, now, again_at) is not None


async def postpone_check(tx: Tx, actor_id: ActorId, again_at: datetime) -> None:
    await tx.execute(_POSTPONE_CHECK, actor_id, again_at)
