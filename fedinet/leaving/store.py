"""Rows of ``departures``; and who elsewhere must hear that a member is gone. SQL is here only."""

from datetime import datetime

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import ActorId
from fedinet.leaving.model import Departure

_INSERT = query(
    "leaving.insert_departure",
    """
    INSERT INTO departures (actor_id, asked_at, due_at) VALUES ($1, $2, $3)
        ON CONFLICT (actor_id) DO NOTHING
""",
)
_MOVE = query("leaving.move_departure", "UPDATE departures SET due_at = $2 WHERE actor_id = $1")
_DELETE = query("leaving.delete_departure", "DELETE FROM departures WHERE actor_id = $1")
_FIND = query(
    "leaving.find_departure",
    "SELECT actor_id, asked_at, due_at FROM departures WHERE actor_id = $1",
)
_LIST = query("leaving.list_departures", "SELECT actor_id, asked_at, due_at FROM departures")

_LOCK = query(
    "leaving.lock_departure",
    "SELECT actor_id, asked_at, due_at FROM departures WHERE actor_id = $1 FOR UPDATE",
)

_LIST_TOLD = query(
    "leaving.list_told",
    """
    SELECT min(told.actor_id) AS actor_id
      FROM (SELECT follower_id AS actor_id FROM follows WHERE target_id = $1
             UNION
            SELECT target_id FROM follows WHERE follower_id = $1
             UNION
            SELECT named.actor_id
              FROM posts p JOIN post_mentions named ON named.post_id = p.id
             WHERE p.author_id = $1
             UNION
            SELECT sent.actor_id
              FROM posts p JOIN audience_members sent ON sent.audience_id = p.id
             WHERE p.author_id = $1
             UNION
            SELECT parent.author_id
              FROM posts p JOIN posts parent ON parent.id = p.parent_id
             WHERE p.author_id = $1
             UNION
            SELECT answer.author_id
              FROM posts p JOIN posts answer ON answer.parent_id = p.id
             WHERE p.author_id = $1
             UNION
            SELECT quoting.author_id
              FROM posts p
              JOIN quotes q ON q.quoted_id = p.id
              JOIN posts quoting ON quoting.id = q.post_id
             WHERE p.author_id = $1
             UNION
            SELECT likes.actor_id FROM posts p JOIN likes ON likes.post_id = p.id
             WHERE p.author_id = $1
             UNION
            SELECT boosts.actor_id FROM posts p JOIN boosts ON boosts.post_id = p.id
             WHERE p.author_id = $1
             UNION
            SELECT liked.author_id FROM likes JOIN posts liked ON liked.id = likes.post_id
             WHERE likes.actor_id = $1
             UNION
            SELECT shared.author_id FROM boosts JOIN posts shared ON shared.id = boosts.post_id
             WHERE boosts.actor_id = $1) AS told
      JOIN actors a ON a.id = told.actor_id
     WHERE NOT a.is_local AND a.gone_at IS NULL AND a.suspended_at IS NULL
     GROUP BY coalesce(a.shared_inbox_url, a.inbox_url)
     ORDER BY 1
     LIMIT 50000
""",
)


async def insert_departure(tx: Tx, departure: Departure) -> None:
    """Who asked before keeps the day that they were told."""
    await tx.execute(_INSERT, departure.actor_id, departure.asked_at, departure.due_at)


async def move_departure(tx: Tx, actor_id: ActorId, due_at: datetime) -> None:
    await tx.execute(_MOVE, actor_id, due_at)


async def delete_departure(tx: Tx, actor_id: ActorId) -> None:
    await tx.execute(_DELETE, actor_id)


async def find_departure(conn: Conn | Pool, actor_id: ActorId) -> Departure | None:
    row = await conn.fetchrow(_FIND, actor_id)
    return None if row is None else _departure(row["actor_id"], row["asked_at"], row["due_at"])


async def lock_departure(tx: Tx, actor_id: ActorId) -> Departure | None:
    """The same, held until ``tx`` ends: who stays at the last moment, stays."""
    row = await tx.fetchrow(_LOCK, actor_id)
    return None if row is None else _departure(row["actor_id"], row["asked_at"], row["due_at"])


async def list_departures(conn: Conn) -> list[Departure]:
    return [
        _departure(row["actor_id"], row["asked_at"], row["due_at"])
        for row in await conn.fetch(_LIST)
    ]


async def list_told(conn: Conn, actor_id: ActorId) -> tuple[ActorId, ...]:
    """List one actor of each server that may have a copy of anything of this member's."""
    return tuple(ActorId(row["actor_id"]) for row in await conn.fetch(_LIST_TOLD, actor_id))


def _departure(actor_id: int, asked_at: datetime, due_at: datetime) -> Departure:
    return Departure(ActorId(actor_id), asked_at, due_at)
