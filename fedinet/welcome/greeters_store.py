"""Rows of ``greeters``: members who welcome newcomers. SQL of the table lives here only."""

from datetime import datetime

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import ActorId

_ADD = query(
    "welcome.add_greeter",
    "INSERT INTO greeters (actor_id) VALUES ($1) ON CONFLICT (actor_id) DO NOTHING",
)
_REMOVE = query("welcome.remove_greeter", "DELETE FROM greeters WHERE actor_id = $1")
_IS = query("welcome.is_greeter", "SELECT EXISTS (SELECT FROM greeters WHERE actor_id = $1)")

_LOCK = query(
    "welcome.lock_greeters", "SELECT pg_advisory_xact_lock(hashtextextended('greeters', 0))"
)

# Whoever was not asked for longest, and one of the two after them: so pairs change.
_CHOOSE = query(
    "welcome.choose_greeters",
    """
      WITH waiting AS (
            SELECT g.actor_id,
                   row_number() OVER (ORDER BY g.asked_at NULLS FIRST, g.actor_id) AS place
              FROM greeters g
              JOIN accounts ON accounts.actor_id = g.actor_id AND accounts.disabled_at IS NULL
             WHERE g.actor_id <> $1
               AND NOT EXISTS (
                    SELECT FROM blocks
                     WHERE (blocks.actor_id = g.actor_id AND blocks.target_id = $1)
                        OR (blocks.actor_id = $1 AND blocks.target_id = g.actor_id))),
           chosen AS (
            SELECT actor_id FROM waiting
             WHERE place <= 3
             ORDER BY place <> 1, random()
             LIMIT 2)
    UPDATE greeters SET asked_at = $2
      FROM chosen
     WHERE greeters.actor_id = chosen.actor_id
 RETURNING greeters.actor_id
""",
)


async def set_greeter(tx: Tx, actor_id: ActorId, *, wants: bool) -> None:
    """Let a member welcome newcomers, or not any more. Idempotent."""
    await tx.execute(_ADD if wants else _REMOVE, actor_id)


async def is_greeter(conn: Conn | Pool, actor_id: ActorId) -> bool:
    return bool(await conn.fetchval(_IS, actor_id))


async def choose_greeters(tx: Tx, newcomer: ActorId, *, now: datetime) -> list[ActorId]:
    """Take two whose turn it is, or the one there is; never the newcomer. Others wait so long."""
    await tx.execute(_LOCK)
    return [ActorId(row["actor_id"]) for row in await tx.fetch(_CHOOSE, newcomer, now)]
