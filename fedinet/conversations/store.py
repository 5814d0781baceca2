"""Rows of ``conversations``: which private exchanges a member keeps. SQL lives here only.

A row names no text: the newest post that its owner may see is looked up when
it is read, through the gate. So a post that is deleted, or a block, needs no
change here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from fedinet.audiences.gate import VISIBLE
from fedinet.audiences.model import Viewer
from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.paging import FIRST_PAGE, Page

_WHO: Final = """
     CROSS JOIN LATERAL (
            SELECT p.author_id AS actor_id
             UNION
            SELECT m.actor_id FROM audience_members m
             WHERE m.audience_id = p.id AND m.until IS NULL) AS who
"""
"""Who takes part in a post ``p``: who wrote it, and whom it is for."""

_PLACE = query(
    "conversations.place",
    """
    INSERT INTO conversations (owner_id, root_id, last_post_id, unread)
    SELECT DISTINCT ON (owner.id, p.root_id)
           owner.id, p.root_id, p.id, owner.id <> p.author_id AND p.id <> ALL ($2::bigint[])
      FROM posts p
"""
    + _WHO
    + """      JOIN actors owner ON owner.id = who.actor_id AND owner.is_local
     WHERE p.id = ANY ($1::bigint[]) AND p.visibility = 'mentioned'
     ORDER BY owner.id, p.root_id, p.id DESC
        ON CONFLICT (owner_id, root_id) DO UPDATE
       SET last_post_id = excluded.last_post_id, unread = excluded.unread
     WHERE conversations.last_post_id < excluded.last_post_id
""",
)

_NEWEST: Final = (
    """
    SELECT c.id, c.root_id, c.last_post_id AS cursor, c.unread, newest.id AS post_id
      FROM conversations c
     CROSS JOIN LATERAL (
            SELECT p.id
              FROM posts p
             WHERE p.root_id = c.root_id AND p.visibility = 'mentioned' AND"""
    + VISIBLE
    + """
             ORDER BY p.id DESC
             LIMIT 1) AS newest
     WHERE c.owner_id = $1
"""
)
_LIST = paged("conversations.list", _NEWEST + between("c.last_post_id"), by="c.last_post_id")
_FIND = query("conversations.find", _NEWEST + " AND c.id = $3")
_FIND_OF = query(
    "conversations.find_of",
    _NEWEST + " AND c.root_id = (SELECT posts.root_id FROM posts WHERE posts.id = $3)",
)

_LIST_PEOPLE = query(
    "conversations.list_people",
    """
    SELECT p.id AS post_id, who.actor_id
      FROM posts p
"""
    + _WHO
    + """      JOIN actors a ON a.id = who.actor_id AND a.suspended_at IS NULL AND a.gone_at IS NULL
     WHERE p.id = ANY ($1::bigint[])
       AND (NOT p.is_local OR who.actor_id = p.author_id OR EXISTS (
            SELECT FROM post_mentions n WHERE n.post_id = p.id AND n.actor_id = who.actor_id))
     ORDER BY p.id, who.actor_id
""",
)

_SET_UNREAD = query(
    "conversations.set_unread",
    "UPDATE conversations SET unread = $3 WHERE id = $2 AND owner_id = $1",
)

_DELETE = query(
    "conversations.delete",
    "DELETE FROM conversations WHERE id = $2 AND owner_id = $1 RETURNING id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One that its owner keeps, and the newest post of it that they may see."""

    id: int
    cursor: int
    unread: bool
    last_post_id: PostId


async def place_posts(tx: Tx, post_ids: Sequence[PostId], *, silent: Sequence[PostId]) -> None:
    """Note private posts in the conversations of every member who takes part. Idempotent.

    Those that are ``silent`` by policy leave it read.
    """
    await tx.execute(_PLACE, list(post_ids), list(silent))


async def list_conversations(
    conn: Conn, viewer: Viewer, page: Page = FIRST_PAGE
) -> list[Conversation]:
    """List those in which the viewer may see something, the liveliest first."""
    rows = await read_page(conn, _LIST, page, viewer.actor_id, viewer.is_member)
    return [_conversation(row) for row in rows]


async def find_conversation(
    conn: Conn, viewer: Viewer, conversation_id: int
) -> Conversation | None:
    """Read one of the viewer's own; that of somebody else is none."""
    row = await conn.fetchrow(_FIND, viewer.actor_id, viewer.is_member, conversation_id)
    return None if row is None else _conversation(row)


async def find_conversation_of(conn: Conn, viewer: Viewer, post_id: PostId) -> Conversation | None:
    """Read the viewer's conversation in which a post stands."""
    row = await conn.fetchrow(_FIND_OF, viewer.actor_id, viewer.is_member, post_id)
    return None if row is None else _conversation(row)


async def list_people(conn: Conn, post_ids: Collection[PostId]) -> dict[PostId, list[ActorId]]:
    """Who wrote each of these posts, and whom it is for."""
    people: dict[PostId, list[ActorId]] = {post_id: [] for post_id in post_ids}
    for row in await conn.fetch(_LIST_PEOPLE, list(post_ids)):
        people[PostId(row["post_id"])].append(ActorId(row["actor_id"]))
    return people


async def set_unread(tx: Tx, owner_id: ActorId, conversation_id: int, *, unread: bool) -> None:
    await tx.execute(_SET_UNREAD, owner_id, conversation_id, unread)


async def delete_conversation(tx: Tx, owner_id: ActorId, conversation_id: int) -> bool:
    """Take it out of the owner's list; its posts stay. False: there was none."""
    return await tx.fetchval(_DELETE, owner_id, conversation_id) is not None


def _conversation(row: asyncpg.Record) -> Conversation:
    return Conversation(
        id=row["id"],
        cursor=row["cursor"],
        unread=row["unread"],
        last_post_id=PostId(row["post_id"]),
    )
