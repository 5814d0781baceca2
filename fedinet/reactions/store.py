"""Rows of ``likes`` and ``boosts``, one at a time, and their lists. SQL lives here and in
received_store.py only. The counts on ``posts`` are kept by triggers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.audiences.gate import BOOST_SHOWN, VISIBLE, keeps_server_away
from fedinet.audiences.model import Viewer, Visibility
from fedinet.db.paged import Paged, between, paged, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId, ObjectUri, PostId
from fedinet.kernel.paging import FIRST_PAGE, Page
from fedinet.reactions.model import Boost, OwnReactions

_INSERT_LIKE = query(
    "reactions.insert_like",
    """
    INSERT INTO likes (actor_id, post_id, uri)
    VALUES ($1, $2, $3)
    ON CONFLICT (post_id, actor_id) DO NOTHING
    RETURNING id
""",
)

_DELETE_LIKE = query(
    "reactions.delete_like",
    """
    DELETE FROM likes l
     USING posts p
     WHERE l.actor_id = $1 AND l.post_id = $2 AND p.id = l.post_id
    RETURNING l.actor_id, l.post_id, l.uri, p.uri AS post_uri, p.author_id
""",
)

_INSERT_BOOST = query(
    "reactions.insert_boost",
    """
    INSERT INTO boosts (actor_id, post_id, uri, visibility, created_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (post_id, actor_id) DO NOTHING
    RETURNING id, actor_id, post_id, uri, visibility, created_at
""",
)

_FIND_OWN_BOOST = query(
    "reactions.find_own_boost",
    """
    SELECT id, actor_id, post_id, uri, visibility, created_at
      FROM boosts
     WHERE actor_id = $1 AND post_id = $2
""",
)

_DELETE_BOOST = query(
    "reactions.delete_boost",
    """
    DELETE FROM boosts b
     USING posts p
     WHERE b.actor_id = $1 AND b.post_id = $2 AND p.id = b.post_id
    RETURNING b.id, b.actor_id, b.post_id, b.uri, b.visibility, b.created_at,
              p.uri AS post_uri, p.author_id
""",
)

_LIST_BOOSTS = query(
    "reactions.list_boosts",
    """
    SELECT b.id, b.actor_id, b.post_id, b.uri, b.visibility, b.created_at
      FROM boosts b
      JOIN posts p ON p.id = b.post_id
      JOIN actors booster ON booster.id = b.actor_id
     WHERE b.id = ANY($3::bigint[])
       AND"""
    + BOOST_SHOWN
    + "AND"
    + VISIBLE,
)

# OFFSET 0: each post is asked on its own; hashed, all that somebody ever did would be read.
DONE: Final = """
           EXISTS (SELECT FROM likes l
                    WHERE l.post_id = asked.id AND l.actor_id = :actor OFFSET 0) AS liked,
           EXISTS (SELECT FROM boosts b
                    WHERE b.post_id = asked.id AND b.actor_id = :actor OFFSET 0) AS boosted,
           EXISTS (SELECT FROM bookmarks
                    WHERE bookmarks.post_id = asked.id AND bookmarks.actor_id = :actor
                   OFFSET 0) AS saved,
           EXISTS (SELECT FROM follows f
                    WHERE f.target_id = :author AND f.follower_id = :actor
                      AND f.state = 'accepted' OFFSET 0) AS follows_author,
           EXISTS (SELECT FROM pins
                    WHERE pins.post_id = asked.id AND pins.actor_id = :actor OFFSET 0) AS pinned,
           EXISTS (SELECT FROM muted_threads m
                    WHERE m.actor_id = :actor AND m.root_id = :root OFFSET 0) AS muted
"""
"""What ``:actor`` did to the post ``asked (id)``, of ``:author`` and in the conversation ``:root``.

Read by ``own_reactions_of``; what a statement has of the post already need not be looked up.
"""
OWN: Final = (
    "asked.id,"
    + DONE.replace(":author", "(SELECT p.author_id FROM posts p WHERE p.id = asked.id)").replace(
        ":root", "(SELECT p.root_id FROM posts p WHERE p.id = asked.id)"
    )
    + """,
           (SELECT count(*)
              FROM quotes q JOIN posts own ON own.id = q.quoted_id AND own.author_id = :actor
             WHERE q.quoted_id = asked.id AND q.state = 'accepted'
               AND q.post_id IS NOT NULL) AS quotes
"""
)
"""The same of a post of which nothing is at hand, and how many quote it."""

_LIST_OWN = query(
    "reactions.list_own",
    f"SELECT {OWN.replace(':actor', '$1')} FROM unnest($2::bigint[]) AS asked (id)",
)

_FIND_OWN_LIKE_URI = query(
    "reactions.find_own_like_uri",
    "SELECT uri FROM likes WHERE actor_id = $1 AND post_id = $2",
)

_FIND_OWN_LIKED = query(
    "reactions.find_own_liked",
    "SELECT post_id FROM likes WHERE actor_id = $1 AND uri = $2",
)

_FIND_OWN_BOOSTED = query(
    "reactions.find_own_boosted",
    "SELECT post_id FROM boosts WHERE actor_id = $1 AND uri = $2",
)

_LIST_LIKED_OBJECTS = query(
    "reactions.list_liked_objects",
    """
    SELECT * FROM (
       (SELECT l.id AS cursor, p.uri
          FROM likes l JOIN posts p ON p.id = l.post_id
         WHERE l.actor_id = $1 AND ($3::bigint IS NULL OR l.id < $3) AND"""
    + VISIBLE
    + """
         ORDER BY l.id DESC LIMIT $4)
         UNION ALL
       (SELECT a.id, a.object_uri
          FROM activities a
         WHERE a.actor_id = $1 AND a.is_local AND a.kind = 'Like' AND a.object_uri IS NOT NULL
           AND ($3::bigint IS NULL OR a.id < $3)
           AND NOT EXISTS (SELECT FROM posts p WHERE p.uri = a.object_uri)
         ORDER BY a.id DESC LIMIT $4)) AS liked
     ORDER BY cursor DESC
     LIMIT $4
""",
)

_COUNT_LIKED_OBJECTS = query(
    "reactions.count_liked_objects",
    """
    SELECT (SELECT count(*) FROM likes WHERE actor_id = $1)
         + (SELECT count(*) FROM activities a
             WHERE a.actor_id = $1 AND a.is_local AND a.kind = 'Like'
               AND a.object_uri IS NOT NULL
               AND NOT EXISTS (SELECT FROM posts p WHERE p.uri = a.object_uri))
""",
)

_PEOPLE: Final = (
    """
       AND a.suspended_at IS NULL AND a.gone_at IS NULL
       AND NOT EXISTS (
            SELECT FROM blocks
             WHERE (blocks.actor_id = a.id AND blocks.target_id = $1)
                OR (blocks.actor_id = $1 AND blocks.target_id = a.id))
       AND NOT"""
    + keeps_server_away("$1::bigint", "a.id")
    + between("r.id", at=4)
    + "AND"
)

_LIKERS: Final = (
    "SELECT r.id AS cursor,"
    + ACTOR_COLUMNS
    + """
      FROM likes r JOIN posts p ON p.id = r.post_id JOIN actors a ON a.id = r.actor_id
     WHERE r.post_id = $3"""
    + _PEOPLE
    + VISIBLE
)
_BOOSTERS: Final = (
    "SELECT r.id AS cursor,"
    + ACTOR_COLUMNS
    + """
      FROM boosts r JOIN posts p ON p.id = r.post_id JOIN actors a ON a.id = r.actor_id
     WHERE r.post_id = $3 AND r.visibility <> 'followers'"""
    + _PEOPLE
    + VISIBLE
)
_LIKED: Final = (
    """
    SELECT r.id AS cursor, r.post_id
      FROM likes r JOIN posts p ON p.id = r.post_id
     WHERE r.actor_id = $1"""
    + between("r.id")
    + "AND"
    + VISIBLE
)
_LIST_LIKERS = paged("reactions.list_likers", _LIKERS, by="r.id", at=4)
_LIST_BOOSTERS = paged("reactions.list_boosters", _BOOSTERS, by="r.id", at=4)
_LIST_LIKED = paged("reactions.list_liked", _LIKED, by="r.id")

_DELETE_OF_ACTOR = query(
    "reactions.delete_of_actor",
    """
    WITH unliked AS (DELETE FROM likes WHERE actor_id = $1 RETURNING post_id),
         unboosted AS (DELETE FROM boosts WHERE actor_id = $1 RETURNING post_id)
    SELECT ARRAY(SELECT post_id FROM unliked) AS liked,
           ARRAY(SELECT post_id FROM unboosted) AS boosted
""",
)


@dataclass(frozen=True, slots=True)
class Unreacted:
    """A like or boost that was just taken back, and what its post is."""

    uri: str
    post_id: PostId
    post_uri: ObjectUri
    author_id: ActorId


async def insert_like(tx: Tx, actor_id: ActorId, post_id: PostId, *, uri: str) -> bool:
    """Store a like; False if it stood before."""
    return await tx.fetchval(_INSERT_LIKE, actor_id, post_id, uri) is not None


async def delete_like(tx: Tx, actor_id: ActorId, post_id: PostId) -> Unreacted | None:
    row = await tx.fetchrow(_DELETE_LIKE, actor_id, post_id)
    return None if row is None else _unreacted(row)


async def insert_boost(
    tx: Tx,
    actor_id: ActorId,
    post_id: PostId,
    *,
    uri: str,
    visibility: Visibility,
    now: datetime,
) -> Boost | None:
    """Store a boost; None if this actor boosted the post before."""
    row = await tx.fetchrow(_INSERT_BOOST, actor_id, post_id, uri, visibility, now)
    return None if row is None else boost_of(row)


async def find_own_boost(conn: Conn, actor_id: ActorId, post_id: PostId) -> Boost | None:
    row = await conn.fetchrow(_FIND_OWN_BOOST, actor_id, post_id)
    return None if row is None else boost_of(row)


async def delete_boost(
    tx: Tx, actor_id: ActorId, post_id: PostId
) -> tuple[Boost, Unreacted] | None:
    """Remove a boost and what hung on it."""
    row = await tx.fetchrow(_DELETE_BOOST, actor_id, post_id)
    return None if row is None else (boost_of(row), _unreacted(row))


async def list_boosts(conn: Conn, viewer: Viewer, boost_ids: Iterable[int]) -> dict[int, Boost]:
    """Read boosts by id, as far as the viewer may see both booster and post."""
    rows = await conn.fetch(_LIST_BOOSTS, viewer.actor_id, viewer.is_member, list(set(boost_ids)))
    return {row["id"]: boost_of(row) for row in rows}


async def find_boost(conn: Conn, viewer: Viewer, boost_id: int) -> Boost | None:
    return (await list_boosts(conn, viewer, [boost_id])).get(boost_id)


async def find_own_like_uri(conn: Conn, actor_id: ActorId, post_id: PostId) -> str | None:
    return await conn.fetchval(_FIND_OWN_LIKE_URI, actor_id, post_id)


async def find_own_liked(conn: Conn, actor_id: ActorId, uri: str | None) -> PostId | None:
    """Find what an actor liked by the id of the Like."""
    found = await conn.fetchval(_FIND_OWN_LIKED, actor_id, uri)
    return None if found is None else PostId(found)


async def find_own_boosted(conn: Conn, actor_id: ActorId, uri: str | None) -> PostId | None:
    """Find what an actor boosted by the id of the boost."""
    found = await conn.fetchval(_FIND_OWN_BOOSTED, actor_id, uri)
    return None if found is None else PostId(found)


async def list_liked_objects(
    conn: Conn, viewer: Viewer, *, before: int | None, limit: int
) -> list[tuple[int, str]]:
    """What the viewer liked, the last first: posts, and what is no post here. (cursor, URI)"""
    rows = await conn.fetch(_LIST_LIKED_OBJECTS, viewer.actor_id, viewer.is_member, before, limit)
    return [(row["cursor"], row["uri"]) for row in rows]


async def count_liked_objects(conn: Conn, actor_id: ActorId) -> int:
    return int(await conn.fetchval(_COUNT_LIKED_OBJECTS, actor_id) or 0)


async def list_own_reactions(
    conn: Conn, actor_id: ActorId, post_ids: Iterable[PostId]
) -> dict[PostId, OwnReactions]:
    """Tell what ``actor_id`` did to each of these posts."""
    rows = await conn.fetch(_LIST_OWN, actor_id, list(set(post_ids)))
    return {PostId(row["id"]): own_reactions_of(row) for row in rows}


async def list_likers(
    conn: Conn, viewer: Viewer, post_id: PostId, page: Page = FIRST_PAGE
) -> list[tuple[int, Actor]]:
    """List (cursor, who likes the post), newest first; empty where the post is not for the viewer.

    Whether anybody but the author is told is the caller's rule ("No popularity").
    """
    return await _people(conn, _LIST_LIKERS, viewer, post_id, page)


async def list_boosters(
    conn: Conn, viewer: Viewer, post_id: PostId, page: Page = FIRST_PAGE
) -> list[tuple[int, Actor]]:
    """The same for boosts, without those that are for followers only."""
    return await _people(conn, _LIST_BOOSTERS, viewer, post_id, page)


async def list_liked(
    conn: Conn, viewer: Viewer, page: Page = FIRST_PAGE
) -> list[tuple[int, PostId]]:
    """List (cursor, post) that the viewer likes and may still see, newest like first."""
    rows = await read_page(conn, _LIST_LIKED, page, viewer.actor_id, viewer.is_member)
    return [(row["cursor"], PostId(row["post_id"])) for row in rows]


async def delete_reactions_of(
    tx: Tx, actor_id: ActorId
) -> tuple[Sequence[PostId], Sequence[PostId]]:
    """Remove every like and boost of an actor that is gone; returns the posts of both."""
    row = await tx.fetchrow(_DELETE_OF_ACTOR, actor_id)
    return ((), ()) if row is None else (row["liked"], row["boosted"])


async def _people(
    conn: Conn, of: Paged, viewer: Viewer, post_id: PostId, page: Page
) -> list[tuple[int, Actor]]:
    rows = await read_page(conn, of, page, viewer.actor_id, viewer.is_member, post_id)
    return [(row["cursor"], actor_of(row)) for row in rows]


def boost_of(row: asyncpg.Record) -> Boost:
    return Boost(
        id=row["id"],
        actor_id=ActorId(row["actor_id"]),
        post_id=PostId(row["post_id"]),
        uri=row["uri"],
        visibility=Visibility(row["visibility"]),
        created_at=row["created_at"],
    )


def own_reactions_of(row: asyncpg.Record) -> OwnReactions:
    """Map a row that has the columns of ``DONE``."""
    return OwnReactions(
        liked=row["liked"],
        boosted=row["boosted"],
        saved=row["saved"],
        follows_author=row["follows_author"],
        pinned=row["pinned"],
        muted=row["muted"],
        quotes=row.get("quotes", 0),
    )


def _unreacted(row: asyncpg.Record) -> Unreacted:
    return Unreacted(
        uri=row["uri"],
        post_id=PostId(row["post_id"]),
        post_uri=ObjectUri(row["post_uri"]),
        author_id=ActorId(row["author_id"]),
    )
