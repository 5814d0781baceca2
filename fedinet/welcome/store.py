"""Rows of ``welcomes``. SQL of the table lives here only."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import ActorId, PostId
from fedinet.welcome.model import ANSWER_WITHIN, LISTED_FOR, MOST_LISTED, Welcome

_BEGIN = query(
    "welcome.begin",
    """
    INSERT INTO welcomes (actor_id, made_at) VALUES ($1, $2)
        ON CONFLICT (actor_id) DO NOTHING
 RETURNING true
""",
)

_NOTE_POST = query("welcome.note_post", "UPDATE welcomes SET post_id = $2 WHERE actor_id = $1")

_LIST_OF_POSTS = query(
    "welcome.list_of_posts",
    """
    SELECT actor_id, post_id, made_at, answered_at
      FROM welcomes
     WHERE post_id = ANY($1::bigint[])
     ORDER BY made_at, actor_id
""",
)

_FIND = query(
    "welcome.find",
    "SELECT actor_id, post_id, made_at, answered_at FROM welcomes WHERE actor_id = $1",
)

_ANSWER = query(
    "welcome.answer",
    """
    UPDATE welcomes
       SET answered_at = now()
      FROM posts reply
     WHERE reply.id = ANY($1::bigint[]) AND welcomes.post_id = reply.parent_id
       AND reply.author_id <> welcomes.actor_id AND welcomes.answered_at IS NULL
 RETURNING welcomes.post_id
""",
)

_LIST_LATE = query(
    "welcome.list_late",
    """
    SELECT w.actor_id, w.post_id, w.made_at, w.answered_at
      FROM welcomes w
      JOIN accounts ON accounts.actor_id = w.actor_id AND accounts.disabled_at IS NULL
     WHERE w.answered_at IS NULL AND w.post_id IS NOT NULL AND w.made_at BETWEEN $1 AND $2
     ORDER BY w.made_at, w.actor_id
     LIMIT $3
""",
)


async def begin_welcome(tx: Tx, actor_id: ActorId, *, now: datetime) -> bool:
    """False: this member has said hello before. Two at once come one after the other."""
    return bool(await tx.fetchval(_BEGIN, actor_id, now))


async def note_post(tx: Tx, actor_id: ActorId, post_id: PostId) -> None:
    await tx.execute(_NOTE_POST, actor_id, post_id)


async def find_welcome(conn: Conn | Pool, actor_id: ActorId) -> Welcome | None:
    row = await conn.fetchrow(_FIND, actor_id)
    return None if row is None else _welcome(row)


async def list_of_posts(conn: Conn | Pool, post_ids: Sequence[int]) -> list[Welcome]:
    """The hellos that these posts are, the oldest first."""
    return [_welcome(row) for row in await conn.fetch(_LIST_OF_POSTS, list(post_ids))]


async def answer(tx: Tx, replies: Sequence[PostId]) -> list[PostId]:
    """Note which hellos somebody else has answered with these posts. Returns them."""
    return [PostId(row["post_id"]) for row in await tx.fetch(_ANSWER, list(replies))]


async def list_late(conn: Conn | Pool, *, now: datetime) -> list[Welcome]:
    """Hellos that nobody answered in time, the oldest first; the first hundred."""
    found = await conn.fetch(_LIST_LATE, now - LISTED_FOR, now - ANSWER_WITHIN, MOST_LISTED)
    return [_welcome(row) for row in found]


def _welcome(row: asyncpg.Record) -> Welcome:
    return Welcome(
        actor_id=ActorId(row["actor_id"]),
        post_id=None if row["post_id"] is None else PostId(row["post_id"]),
        made_at=row["made_at"],
        answered_at=row["answered_at"],
    )
