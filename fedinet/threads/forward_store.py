"""Rows of ``forwarded``: what was passed on, and to whose followers. SQL lives here only."""

from collections.abc import Sequence
from datetime import timedelta

from fedinet.audiences.gate import keeps_server_away
from fedinet.db.query import Tx, query
from fedinet.kernel.ids import ActorId

_IS_ABOUT_OURS = query(
    "threads.is_about_ours",
    """
    WITH RECURSIVE up (parent_id, is_local, depth) AS (
        SELECT first.parent_id, first.is_local, 0
          FROM posts first
         WHERE first.uri = ANY($1::text[])
         UNION ALL
        SELECT next.parent_id, next.is_local, up.depth + 1
          FROM up JOIN posts next ON next.id = up.parent_id
         WHERE up.depth < $2 AND NOT up.is_local
    )
    SELECT EXISTS (SELECT FROM up WHERE is_local)
""",
)

_LIST_OWNERS = query(
    "threads.list_owners",
    """
    SELECT a.id
      FROM actors a
     WHERE a.uri = ANY($1::text[]) AND a.is_local
       AND a.suspended_at IS NULL AND a.gone_at IS NULL
       AND NOT EXISTS (SELECT FROM blocks b WHERE b.actor_id = a.id AND b.target_id = $2)
       AND NOT"""
    + keeps_server_away("a.id", "$2::bigint")
    + """
     ORDER BY a.id
""",
)

_LIST_TOLD = query(
    "threads.list_told",
    """
    SELECT f.owner_id
      FROM forwarded f
      JOIN actors a ON a.id = f.owner_id
     WHERE md5(f.uri) = md5($1) AND f.uri = $1 AND f.actor_id = $2
       AND a.suspended_at IS NULL AND a.gone_at IS NULL
     ORDER BY f.owner_id
""",
)

_REMEMBER = query(
    "threads.remember_forwarded",
    """
    INSERT INTO forwarded (uri, owner_id, actor_id)
    SELECT $1, owner, $2 FROM unnest($3::bigint[]) AS owner
        ON CONFLICT DO NOTHING
""",
)

_FORGET = query("threads.forget_forwarded", "DELETE FROM forwarded WHERE md5(uri) = md5($1)")

_PRUNE = query(
    "threads.prune_forwarded",
    """
    DELETE FROM forwarded
     WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM forwarded WHERE at < now() - $1::interval
         ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED))
""",
)


async def is_about_ours(tx: Tx, uris: Sequence[str], depth: int) -> bool:
    """Tell whether one of these posts is ours, or answers one of ours, so many levels up."""
    return bool(await tx.fetchval(_IS_ABOUT_OURS, list(uris), depth))


async def list_owners(tx: Tx, uris: Sequence[str], sender: ActorId) -> list[ActorId]:
    """Keep those of these actors who are ours, and do not block the sender."""
    return [ActorId(row["id"]) for row in await tx.fetch(_LIST_OWNERS, list(uris), sender)]


async def list_told(tx: Tx, uri: str, author: ActorId) -> list[ActorId]:
    """List whose followers were told of this post of ``author`` by us."""
    return [ActorId(row["owner_id"]) for row in await tx.fetch(_LIST_TOLD, uri, author)]


async def remember(tx: Tx, uri: str, author: ActorId, owners: Sequence[ActorId]) -> None:
    await tx.execute(_REMEMBER, uri, author, list(owners))


async def forget(tx: Tx, uri: str) -> None:
    """A post is gone, and everybody is told: nothing of it is passed on any more."""
    await tx.execute(_FORGET, uri)


async def prune(tx: Tx, kept_for: timedelta, limit: int) -> int:
    """Forget what was passed on long ago. Returns how many rows."""
    return int((await tx.execute(_PRUNE, kept_for, limit)).rpartition(" ")[2])
