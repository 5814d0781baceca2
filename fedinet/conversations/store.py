"""Rows of ``conversations``: which private exchanges a member keeps. SQL lives here only.

A row names no text: the newest post that its owner may see is looked up when
it is read, through the gate. So a post that is deleted, or a block, needs no
change here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from fedinet.audiences.gate import VISIBLE
from fedinet.audiences.model import Viewer
from fedinet.conversations.model import Talk, Turn
from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId, PostId, first_id_at
from fedinet.kernel.paging import FIRST_PAGE, Page

_WHO: Final = """
     CROSS JOIN LATERAL (
            SELECT p.author_id AS actor_id
             UNION
            SELECT m.actor_id FROM audience_members m
             WHERE m.audience_id = p.id AND m.until IS NULL) AS who
"""
"""Who takes part in a post ``p``: who wrote it, and whom it is for."""

_IF_NEWER: Final = """
        ON CONFLICT (owner_id, root_id) DO UPDATE
       SET last_post_id = excluded.last_post_id, unread = excluded.unread
     WHERE conversations.last_post_id < excluded.last_post_id
"""

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
     ORDER BY owner.id, p.root_id, p.id DESC"""
    + _IF_NEWER,
)

_PLACE_CHANGED = query(
    "conversations.place_changed",
    """
    INSERT INTO conversations (owner_id, root_id, last_post_id, unread)
    SELECT DISTINCT ON (owner.id, p.root_id)
           owner.id, p.root_id, p.id, p.id <> ALL ($2::bigint[])
      FROM posts p
      JOIN audience_members m ON m.audience_id = p.id AND m.until IS NULL
      JOIN actors owner ON owner.id = m.actor_id AND owner.is_local
     WHERE p.id = ANY ($1::bigint[]) AND p.visibility = 'mentioned' AND owner.id <> p.author_id
       AND m.since >= (SELECT max(r.kept_at) FROM post_revisions r WHERE r.post_id = p.id)
     ORDER BY owner.id, p.root_id, p.id DESC"""
    + _IF_NEWER,
)

LATEST: Final = (
    """
     CROSS JOIN LATERAL (
            SELECT p.id, p.author_id, p.published_at
              FROM posts p
             WHERE p.root_id = c.root_id AND p.visibility = 'mentioned' AND"""
    + VISIBLE
    + """
             ORDER BY p.id DESC
             LIMIT 1) AS p
"""
)
"""The newest letter ``p`` of a conversation ``c`` that the viewer may see."""

MOST_ON_PAGE: Final = 30
"""Conversations; whoever waits is looked for among as many."""
WAITS_FOR: Final = timedelta(days=30)
"""What nobody answered in a month waits no more."""
_IS_WRITTEN_IN: Final = """(c.unread OR EXISTS (
                SELECT FROM posts own WHERE own.root_id = c.root_id AND own.author_id = $1))"""
_IS_MUTED: Final = """EXISTS (
                SELECT FROM muted_threads m WHERE m.actor_id = $1 AND m.root_id = c.root_id)"""
IS_OPEN: Final = f"{_IS_WRITTEN_IN} AND NOT {_IS_MUTED}"
"""In a conversation ``c`` a letter of the last month would wait for its owner.

What an app has marked as read, and what came silently, waits only where they have written in it.
"""
_IS_THANKED: Final = "EXISTS (SELECT FROM likes l WHERE l.post_id = p.id AND l.actor_id = $1)"
ASKS: Final = f"""p.author_id <> $1 AND NOT {_IS_THANKED}
            AND NOT EXISTS (
                SELECT FROM mutes
                 WHERE mutes.actor_id = $1 AND mutes.target_id = p.author_id
                   AND (mutes.until IS NULL OR mutes.until > now()))"""
"""The newest letter ``p`` is by somebody who is owed a word."""

_NEWEST: Final = (
    """
    SELECT c.id, c.root_id, c.last_post_id AS cursor, c.unread, p.id AS post_id
      FROM conversations c
"""
    + LATEST
    + """     WHERE c.owner_id = $1
"""
)
_LIST = paged("conversations.list", _NEWEST + between("c.last_post_id"), by="c.last_post_id")
_FIND = query("conversations.find", _NEWEST + " AND c.id = $3")
_FIND_OF = query(
    "conversations.find_of",
    _NEWEST + " AND c.root_id = (SELECT posts.root_id FROM posts WHERE posts.id = $3)",
)

_LIST_TALKS = paged(
    "conversations.list_talks",
    f"""
    SELECT c.last_post_id AS cursor, p.id AS post_id, p.author_id = $1 AND EXISTS (
                SELECT FROM audience_members m
                 WHERE m.audience_id = p.id AND m.actor_id <> $1 AND m.until IS NULL
                   AND NOT EXISTS (
                        SELECT FROM blocks b WHERE b.actor_id = $1 AND b.target_id = m.actor_id)
           ) AS is_to_others,
           p.author_id = $1 AND EXISTS (
                SELECT FROM audience_members m
                  JOIN blocks b ON b.actor_id = $1 AND b.target_id = m.actor_id
                 WHERE m.audience_id = p.id AND m.until IS NULL) AS is_to_blocked,
           {_IS_MUTED} AS is_muted, {_IS_THANKED} AS is_thanked, c.last_post_id > $6 AS is_recent,
           {IS_OPEN} AND {ASKS} AS asks
      FROM conversations c
    {LATEST}
     WHERE c.owner_id = $1
"""
    + between("c.last_post_id"),
    by="c.last_post_id",
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


async def place_changed(tx: Tx, post_ids: Sequence[PostId], *, silent: Sequence[PostId]) -> None:
    """Note letters with those whom their last change let in. Idempotent.

    With the others they stand already, or were taken out of their list.
    """
    await tx.execute(_PLACE_CHANGED, list(post_ids), list(silent))


async def list_conversations(
    conn: Conn, viewer: Viewer, page: Page = FIRST_PAGE
) -> list[Conversation]:
    """List those in which the viewer may see something, the liveliest first."""
    rows = await read_page(conn, _LIST, page, viewer.actor_id, viewer.is_member)
    return [_conversation(row) for row in rows]


async def list_talks(conn: Conn, viewer: Viewer, now: datetime, page: Page) -> list[Talk]:
    """List the same, and whose turn it is in each."""
    since = first_id_at(now - WAITS_FOR)
    rows = await read_page(conn, _LIST_TALKS, page, viewer.actor_id, viewer.is_member, since)
    return [
        Talk(
            cursor=row["cursor"],
            last_post_id=PostId(row["post_id"]),
            turn=_turn(row),
            is_muted=row["is_muted"],
            is_thanked=row["is_thanked"],
            is_kept_away=row["is_to_blocked"] and not row["is_to_others"],
        )
        for row in rows
    ]


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


def _turn(row: asyncpg.Record) -> Turn:
    if not row["is_recent"]:
        return Turn.NOBODY
    if row["asks"]:
        return Turn.OWNER
    return Turn.OTHERS if row["is_to_others"] and not row["is_muted"] else Turn.NOBODY


def _conversation(row: asyncpg.Record) -> Conversation:
    return Conversation(
        id=row["id"],
        cursor=row["cursor"],
        unread=row["unread"],
        last_post_id=PostId(row["post_id"]),
    )
