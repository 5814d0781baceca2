"""Rows of ``moves``, and who here has to do with somebody who moves. SQL lives here only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId
from fedinet.moves.model import LastMove

_LOCK_MOVE = query(
    "moves.lock_move",
    "SELECT target_uri, moved_at FROM moves WHERE actor_id = $1 FOR UPDATE",
)

_FIND_MOVE = query("moves.find_move", "SELECT target_uri, moved_at FROM moves WHERE actor_id = $1")

_UPSERT_MOVE = query(
    "moves.upsert_move",
    """
    INSERT INTO moves (actor_id, target_uri, moved_at)
    VALUES ($1, $2, $3)
        ON CONFLICT (actor_id) DO UPDATE
       SET target_uri = excluded.target_uri, moved_at = excluded.moved_at
""",
)

_LIST_CONCERNED = query(
    "moves.list_concerned",
    """
    SELECT acc.actor_id, f.id IS NOT NULL AS follows, b.id IS NOT NULL AS blocks,
           m.id IS NOT NULL AS mutes, m.until AS muted_until
      FROM accounts acc
      LEFT JOIN follows f ON f.follower_id = acc.actor_id AND f.target_id = $1
            AND f.state = 'accepted'
      LEFT JOIN blocks b ON b.actor_id = acc.actor_id AND b.target_id = $1
      LEFT JOIN mutes m ON m.actor_id = acc.actor_id AND m.target_id = $1
            AND (m.until IS NULL OR m.until > now())
     WHERE acc.actor_id > $2
       AND (f.id IS NOT NULL OR b.id IS NOT NULL OR m.id IS NOT NULL)
     ORDER BY acc.actor_id
     LIMIT $3
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """A member, and how they stand to the account that moved."""

    actor_id: ActorId
    follows: bool
    blocks: bool
    mutes: bool
    muted_until: datetime | None


async def lock_move(tx: Tx, actor_id: ActorId) -> LastMove | None:
    """Read when an account last moved, and hold it."""
    row = await tx.fetchrow(_LOCK_MOVE, actor_id)
    return None if row is None else LastMove(row["target_uri"], row["moved_at"])


async def find_move(conn: Conn, actor_id: ActorId) -> LastMove | None:
    """Read when an account last moved, to show it."""
    row = await conn.fetchrow(_FIND_MOVE, actor_id)
    return None if row is None else LastMove(row["target_uri"], row["moved_at"])


async def upsert_move(tx: Tx, actor_id: ActorId, target_uri: str, now: datetime) -> None:
    await tx.execute(_UPSERT_MOVE, actor_id, target_uri, now)


async def list_concerned(
    conn: Conn, actor_id: ActorId, *, after: ActorId, limit: int
) -> Sequence[Concerned]:
    """List members who follow, block or mute an account, in the order of their ids."""
    return [
        Concerned(
            actor_id=ActorId(row["actor_id"]),
            follows=row["follows"],
            blocks=row["blocks"],
            mutes=row["mutes"],
            muted_until=row["muted_until"],
        )
        for row in await conn.fetch(_LIST_CONCERNED, actor_id, after, limit)
    ]
