"""Reads of single posts and threads, each behind the gate. SQL lives in the store modules only.

Lists are in ``list_store``, writes in ``local_store`` and ``remote_store``.
Whatever returns text takes a ``Viewer``; the few functions without one return ids.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from fedinet.audiences.gate import VIEWERS, VISIBLE, VISIBLE_BY_ID, VISIBLE_TO
from fedinet.audiences.model import Viewer
from fedinet.db.plans import unseen
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.errors import Gone, NotFound
from fedinet.kernel.ids import ActorId, ObjectUri, PostId
from fedinet.kernel.problems import N_
from fedinet.posts.model import Post, Revision
from fedinet.posts.rows import POST_COLUMNS, decode_attachments, post_of

MAX_THREAD = 500
MAX_ANCESTORS = 100
_MAX_DEPTH = 4_096
_MAX_LOOKED_AT = 20_000
"""Of one conversation, seen or not: the work of a page is bounded."""

_LIST_VISIBLE = query(
    "posts.list_visible",
    f"""
    SELECT {POST_COLUMNS}
      FROM posts p
     WHERE p.id = ANY({unseen("$3", "bigint[]")}) AND {VISIBLE_BY_ID}""",
)

_LIST_SEEN = query(
    "posts.list_seen",
    f"""
    SELECT {POST_COLUMNS}, seen.viewers
      FROM (SELECT p.id, array_agg(viewer.actor_id) AS viewers
              FROM {VIEWERS}
              JOIN posts p ON p.id = ANY($2::bigint[])
             WHERE {VISIBLE_TO}
             GROUP BY p.id) AS seen
      JOIN posts p ON p.id = seen.id""",
)

_FIND_VISIBLE_BY_URI = query(
    "posts.find_visible_by_uri",
    "SELECT" + POST_COLUMNS + "FROM posts p WHERE p.uri = $3 AND" + VISIBLE,
)

_KEEP_VISIBLE = query(
    "posts.keep_visible",
    "SELECT p.id FROM posts p WHERE p.id = $3 AND" + VISIBLE + "FOR KEY SHARE OF p",
)

_LOCK_OWN = query(
    "posts.lock_own",
    "SELECT"
    + POST_COLUMNS
    + "FROM posts p WHERE p.id = $3 AND p.author_id = $1 AND p.is_local AND"
    + VISIBLE
    + "FOR UPDATE OF p",
)

_UP: Final = """up (id, parent_id, depth) AS (
        SELECT first.id, first.parent_id, 0 FROM posts first WHERE first.id = $3
         UNION ALL
        SELECT next.id, next.parent_id, up.depth + 1
          FROM up JOIN posts next ON next.id = up.parent_id
         WHERE up.depth < :steps
    )"""
"""A post and what it answers."""

_LIST_ANCESTORS = query(
    "posts.list_ancestors",
    f"""
    WITH RECURSIVE {_UP.replace(":steps", "$4")}
    SELECT {POST_COLUMNS}
      FROM up JOIN posts p ON p.id = up.id
     WHERE up.depth > 0 AND {VISIBLE}
     ORDER BY up.depth DESC""",
)

_DOWN: Final = """down (id, depth) AS (
      ((SELECT first.id, 1 FROM posts first
         WHERE first.parent_id = $3 ORDER BY first.id LIMIT $6)
         UNION ALL  -- of a first post also those whose parent was deleted
       (SELECT left_over.id, 1
          FROM posts left_over
         WHERE left_over.root_id = $3 AND left_over.parent_id IS NULL AND left_over.id <> $3
         ORDER BY left_over.id
         LIMIT $6))
         UNION ALL
        SELECT next.id, down.depth + 1
          FROM down
         CROSS JOIN LATERAL (  -- by its index: joined plainly, each step reads all posts
                SELECT answer.id FROM posts answer
                 WHERE answer.parent_id = down.id ORDER BY answer.id LIMIT $6) AS next
         WHERE down.depth < $4
    ), looked_at AS (
        SELECT id
          FROM (SELECT id FROM down LIMIT $6) AS bounded
         WHERE $7::bigint IS NULL OR id > $7
         ORDER BY id
    )"""
"""The answers to a post as ``looked_at``, in order; the gate was not asked."""

_ONE_BY_ONE: Final = """
     CROSS JOIN LATERAL (  -- as far as the limit: joined plainly, it reads all
            SELECT * FROM posts WHERE posts.id = asked.id OFFSET 0) AS p"""

_LIST_DESCENDANTS = query(
    "posts.list_descendants",
    f"""
    WITH RECURSIVE {_DOWN}
    SELECT {POST_COLUMNS}
      FROM looked_at AS asked {_ONE_BY_ONE}
     WHERE {VISIBLE}
     ORDER BY asked.id
     LIMIT $5""",
)

# One gate for all: what is above comes first, and leaves the answers as many places as they need.
_READ_CONVERSATION = query(
    "posts.read_conversation",
    f"""
    WITH RECURSIVE {_UP.replace(":steps", "$8")}, {_DOWN}
    SELECT asked.depth, {POST_COLUMNS}
      FROM (SELECT id, depth FROM up UNION ALL SELECT id, -1 FROM looked_at) AS asked {_ONE_BY_ONE}
     WHERE {VISIBLE}
     LIMIT $5 + $8 + 1""",
)

# Whoever was let into a letter later reads what it says now: what it said before was for others.
_LIST_REVISIONS = query(
    "posts.list_revisions",
    """
    SELECT r.revision, r.title, r.html, r.source, r.content_note, r.sensitive, r.written_at,
           r.attachments, r.language, r.asked
      FROM post_revisions r
      JOIN posts p ON p.id = r.post_id
     WHERE r.post_id = $3
       AND NOT EXISTS (
            SELECT FROM audience_members m
             WHERE p.visibility = 'mentioned' AND m.audience_id = p.id AND m.actor_id = $1
               AND m.since >= r.kept_at)
       AND"""
    + VISIBLE
    + """
     UNION ALL
    SELECT p.revision, coalesce(p.about ->> 'title', ''), p.html, p.source, p.content_note,
           p.sensitive, coalesce(p.edited_at, p.published_at), p.attachments, p.language,
           (SELECT options FROM polls WHERE post_id = p.id)
      FROM posts p
     WHERE p.id = $3 AND"""
    + VISIBLE
    + "ORDER BY 1 LIMIT 200",
)

_FIND_IDS_BY_URI = query(
    "posts.find_ids_by_uri",
    "SELECT id, uri FROM posts WHERE uri = ANY($1::text[])",
)

_FIND_OWN_ID = query(
    "posts.find_own_id",
    "SELECT id FROM posts WHERE id = $1 AND is_local AND (uri = $2 OR page_url = $2)",
)

_FIND_OWN_AUTHOR = query(
    "posts.find_own_author", "SELECT author_id FROM posts WHERE id = $1 AND is_local"
)

_IS_TOMBSTONE = query(
    "posts.is_tombstone",
    "SELECT EXISTS (SELECT FROM tombstones WHERE uri = $1)",
)


_WAS_PUBLIC = query(
    "posts.was_public",
    "SELECT lower(actor_uri) FROM tombstones WHERE uri = $1 AND was_public",
)

_IS_PUBLIC = query(
    "posts.is_public",
    "SELECT visibility IN ('everyone', 'quiet') FROM posts WHERE uri = $1",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A post, what it answers (the first post first), and what answers it (oldest first)."""

    above: Sequence[Post]
    post: Post
    below: Sequence[Post]


async def find_visible(conn: Conn, viewer: Viewer, post_id: PostId) -> Post | None:
    """Read a post if the viewer may see it. None does not tell which of the two it is."""
    row = await conn.fetchrow(_LIST_VISIBLE, viewer.actor_id, viewer.is_member, [post_id])
    return None if row is None else post_of(row)


async def get_visible(conn: Conn, viewer: Viewer, post_id: PostId) -> Post:
    """Read a post that the viewer may see.

    Raises:
        NotFound: there is none, or it is not for this viewer.
    """
    post = await find_visible(conn, viewer, post_id)
    if post is None:
        raise NotFound(f"post {post_id} for {viewer}")
    return post


async def list_visible(
    conn: Conn, viewer: Viewer, post_ids: Iterable[PostId]
) -> dict[PostId, Post]:
    """Read those of the posts that the viewer may see; the others are missing."""
    rows = await conn.fetch(_LIST_VISIBLE, viewer.actor_id, viewer.is_member, list(set(post_ids)))
    return {post.id: post for post in map(post_of, rows)}


async def list_seen(
    conn: Conn, viewers: Collection[ActorId], post_ids: Iterable[PostId]
) -> list[tuple[Post, frozenset[ActorId]]]:
    """Read posts once for many viewers: each with who of these may see it, if anybody may."""
    rows = await conn.fetch(_LIST_SEEN, list(viewers), list(set(post_ids)))
    return [(post_of(row), frozenset(row["viewers"])) for row in rows]


async def find_visible_by_uri(conn: Conn, viewer: Viewer, uri: str) -> Post | None:
    row = await conn.fetchrow(_FIND_VISIBLE_BY_URI, viewer.actor_id, viewer.is_member, uri)
    return None if row is None else post_of(row)


async def get_answerable(tx: Tx, viewer: Viewer, post_id: PostId) -> Post:
    """Read a post that the viewer may see and keep it from being deleted until ``tx`` ends.

    Raises:
        NotFound: there is none, or it is not for this viewer.
    """
    if await tx.fetchval(_KEEP_VISIBLE, viewer.actor_id, viewer.is_member, post_id) is None:
        raise NotFound(f"post {post_id} for {viewer}")
    return await get_visible(tx, viewer, post_id)


async def lock_own(tx: Tx, author: Viewer, post_id: PostId) -> Post:
    """Read a local post of this author and hold its row until ``tx`` ends.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    row = await tx.fetchrow(_LOCK_OWN, author.actor_id, author.is_member, post_id)
    if row is None:
        raise NotFound(f"post {post_id} of {author}")
    return post_of(row)


async def list_ancestors(
    conn: Conn, viewer: Viewer, post_id: PostId, *, limit: int = MAX_ANCESTORS
) -> list[Post]:
    """Read what a post answers, the first post first: at most the nearest ``limit``."""
    rows = await conn.fetch(_LIST_ANCESTORS, viewer.actor_id, viewer.is_member, post_id, limit)
    return [post_of(row) for row in rows]


async def list_descendants(
    conn: Conn,
    viewer: Viewer,
    post_id: PostId,
    *,
    limit: int = MAX_THREAD,
    after: PostId | None = None,
) -> list[Post]:
    """Read the answers to a post, their answers and so on, oldest first, from ``after`` on.

    Below the first post of a conversation stands everything that is left of it. The
    limit counts what is shown: answers that are not for the viewer take nobody's place.
    """
    rows = await conn.fetch(_LIST_DESCENDANTS, *_down(viewer, post_id, limit, after))
    return [post_of(row) for row in rows]


async def read_conversation(
    conn: Conn, viewer: Viewer, post_id: PostId, *, limit: int, after: PostId | None = None
) -> Conversation:
    """Read a post with what it answers and what answers it, in one statement.

    With ``after`` it is a later page: nothing above the post.

    Raises:
        NotFound: there is no such post, or it is not for this viewer.
    """
    above = 0 if after else MAX_ANCESTORS
    rows = await conn.fetch(_READ_CONVERSATION, *_down(viewer, post_id, limit, after), above)
    placed = [(row["depth"], post_of(row)) for row in rows]
    below = sorted((post for depth, post in placed if depth < 0), key=lambda post: post.id)[:limit]
    upwards = sorted(((depth, post) for depth, post in placed if depth >= 0), key=lambda at: -at[0])
    if not upwards or upwards[-1][0] != 0:
        raise NotFound(f"post {post_id} for {viewer}")
    return Conversation(
        above=[post for depth, post in upwards if depth > 0], post=upwards[-1][1], below=below
    )


def _down(viewer: Viewer, post_id: PostId, limit: int, after: PostId | None) -> tuple[object, ...]:
    """What fills the places of ``_DOWN``, and the limit."""
    return (viewer.actor_id, viewer.is_member, post_id, _MAX_DEPTH, limit, _MAX_LOOKED_AT, after)


async def list_revisions(conn: Conn, viewer: Viewer, post_id: PostId) -> list[Revision]:
    """Read everything a post has said, oldest first; the last is what it says now.

    Empty: there is none, or it is not for this viewer.
    """
    rows = await conn.fetch(_LIST_REVISIONS, viewer.actor_id, viewer.is_member, post_id)
    return [
        Revision(
            number=row["revision"],
            title=row["title"],
            html=row["html"],
            source=row["source"],
            content_note=row["content_note"],
            sensitive=row["sensitive"],
            written_at=row["written_at"],
            attachments=decode_attachments(row["attachments"]),
            language=row["language"],
            asked=None if row["asked"] is None else tuple(row["asked"]),
        )
        for row in rows
    ]


async def find_post_id_by_uri(conn: Conn | Pool, uri: str) -> PostId | None:
    """Find the row of a URI. No gate: who learns the id still cannot read the post."""
    return (await find_post_ids_by_uri(conn, [uri])).get(ObjectUri(uri))


async def find_post_ids_by_uri(conn: Conn | Pool, uris: Sequence[str]) -> dict[ObjectUri, PostId]:
    """Find many at once. Unknown URIs are missing."""
    rows = await conn.fetch(_FIND_IDS_BY_URI, list(uris))
    return {ObjectUri(row["uri"]): PostId(row["id"]) for row in rows}


async def find_own_post_id(conn: Conn | Pool, address: str) -> PostId | None:
    """Find a local post by its id or its page, both of which end in its number. No gate."""
    number = address.rpartition("/")[2]
    if not (number.isascii() and number.isdigit()) or len(number) > 18 or "\0" in address:
        return None
    found = await conn.fetchval(_FIND_OWN_ID, int(number), address)
    return None if found is None else PostId(found)


async def find_own_author(conn: Conn, post_id: PostId) -> ActorId | None:
    """Tell which of our people wrote a post. No gate: who learns this still cannot read it."""
    found = await conn.fetchval(_FIND_OWN_AUTHOR, post_id)
    return None if found is None else ActorId(found)


async def is_tombstone(conn: Conn | Pool, uri: str) -> bool:
    """Tell whether a post of this URI was deleted for good."""
    return bool(await conn.fetchval(_IS_TOMBSTONE, uri))


async def was_public(conn: Conn | Pool, uri: str, *, by: str | None = None) -> bool:
    """Tell whether a post of this URI was deleted that everybody could see.

    Of others nobody is told that there ever was one. ``by``: one of the actor of this URI,
    in whichever case it is written.
    """
    authors = [row[0] for row in await conn.fetch(_WAS_PUBLIC, uri)]
    return bool(authors) if by is None else by.lower() in authors


async def why_absent(conn: Conn | Pool, uri: str, *, by: str | None = None) -> NotFound | Gone:
    """Say of a post that is not there, or not for who asks, what everybody may know."""
    if not await was_public(conn, uri, by=by):
        return NotFound(f"no post {uri} to be seen")
    said = N_("There was a post here for everyone to read. It was deleted, and does not come back.")
    return Gone(f"deleted: {uri}", public=said)


async def is_public(conn: Conn | Pool, uri: str) -> bool:
    """Tell whether we have this post, and everybody may see it."""
    return bool(await conn.fetchval(_IS_PUBLIC, uri))
