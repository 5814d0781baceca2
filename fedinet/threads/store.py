"""Rows of ``thread_visits``, and what a visit must know of posts. SQL lives here only.

Addresses and places in threads, no text; only of posts that everybody may see.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import ObjectUri, PostId
from fedinet.threads.model import Thread

_FIND_THREAD = query(
    "threads.find_thread",
    """
    SELECT root.id AS root_id, root.uri AS root_uri, root.published_at, root.parent_uri,
           root.visibility IN ('everyone', 'quiet') AS is_public,
           EXISTS (SELECT FROM posts other
                    WHERE other.root_id = root.id AND NOT other.is_local
                      AND other.visibility IN ('everyone', 'quiet')) AS has_others,
           v.asked_at, coalesce(v.is_whole, false) AS is_whole
      FROM posts looked_at
      JOIN posts root ON root.id = looked_at.root_id
      LEFT JOIN thread_visits v ON v.post_id = root.id
     WHERE looked_at.id = $1
""",
)

_LIST_PLACES = query(
    "threads.list_places",
    """
    SELECT p.uri, p.id, p.root_id = here.root_id AS is_inside, v.asked_at
      FROM posts here
      JOIN posts p ON p.uri = ANY($2::text[])
      LEFT JOIN thread_visits v ON v.post_id = p.id
     WHERE here.id = $1
       AND p.visibility IN ('everyone', 'quiet')
""",
)

_LIST_UNASKED = query(
    "threads.list_unasked",
    """
    SELECT p.uri
      FROM (SELECT newest.id, newest.uri
              FROM posts newest
             WHERE newest.root_id = (SELECT here.root_id FROM posts here WHERE here.id = $1)
               AND NOT newest.is_local AND newest.visibility IN ('everyone', 'quiet')
             ORDER BY newest.id DESC
             LIMIT 2000) AS p
      LEFT JOIN thread_visits v ON v.post_id = p.id
     WHERE v.asked_at IS NULL OR v.asked_at < $2
     ORDER BY v.asked_at NULLS FIRST, p.id DESC
     LIMIT $3
""",
)

_LIST_DELETED = query(
    "threads.list_deleted",
    "SELECT DISTINCT uri FROM tombstones WHERE uri = ANY($1::text[])",
)

_COUNT_POSTS = query(
    "threads.count_posts",
    """
    SELECT count(*)
      FROM (SELECT FROM posts
             WHERE root_id = (SELECT here.root_id FROM posts here WHERE here.id = $1)
             LIMIT $2) AS counted
""",
)

_MARK_ASKED = query(
    "threads.mark_asked",
    """
    INSERT INTO thread_visits (post_id, asked_at)
    SELECT p.id, $2 FROM posts p WHERE p.uri = ANY($1::text[])
        ON CONFLICT (post_id) DO UPDATE SET asked_at = EXCLUDED.asked_at
""",
)

_END_VISIT = query(
    "threads.end_visit",
    """
    INSERT INTO thread_visits (post_id, asked_at, is_whole)
    SELECT root.id, $2, $3
      FROM posts here JOIN posts root ON root.id = here.root_id
     WHERE here.id = $1
        ON CONFLICT (post_id) DO UPDATE
       SET asked_at = EXCLUDED.asked_at, is_whole = EXCLUDED.is_whole
""",
)

_LIST_ANSWERED = query(
    "threads.list_answered",
    """
    SELECT DISTINCT ON (p.root_id) p.id, p.root_id
      FROM posts p
     CROSS JOIN LATERAL (  -- by its number: joined plainly, all posts may be read
            SELECT id, visibility FROM posts WHERE posts.id = p.root_id OFFSET 0) AS root
      LEFT JOIN thread_visits v ON v.post_id = root.id
     WHERE p.id = ANY($1::bigint[])
       AND NOT p.is_local AND p.parent_uri IS NOT NULL
       AND p.visibility IN ('everyone', 'quiet') AND root.visibility IN ('everyone', 'quiet')
       AND (v.asked_at IS NULL OR v.asked_at < $2)
""",
)


async def find_thread(conn: Conn | Pool, post_id: PostId) -> Thread | None:
    """Read what is known of the conversation that a post is in."""
    row = await conn.fetchrow(_FIND_THREAD, post_id)
    if row is None:
        return None
    return Thread(
        root_id=PostId(row["root_id"]),
        root_uri=ObjectUri(row["root_uri"]),
        root_parent_uri=row["parent_uri"],
        is_public=row["is_public"],
        published_at=row["published_at"],
        has_others=row["has_others"],
        asked_at=row["asked_at"],
        is_whole=row["is_whole"],
    )


async def list_places(
    pool: Pool, here: PostId, uris: Sequence[str]
) -> dict[str, tuple[bool, datetime | None]]:
    """Tell of those that are here: are they in the conversation, when were they asked about."""
    rows = await pool.fetch(_LIST_PLACES, here, list(uris))
    return {row["uri"]: (row["is_inside"], row["asked_at"]) for row in rows}


async def list_unasked(pool: Pool, here: PostId, before: datetime, limit: int) -> list[str]:
    """List posts of others in the conversation that were not asked about since ``before``.

    Those never asked about first. Only the 2,000 newest are looked at.
    """
    return [row["uri"] for row in await pool.fetch(_LIST_UNASKED, here, before, limit)]


async def list_deleted(pool: Pool, uris: Sequence[str]) -> set[str]:
    """Keep those that were deleted for good."""
    return {row["uri"] for row in await pool.fetch(_LIST_DELETED, list(uris))}


async def count_posts(pool: Pool, here: PostId, most: int) -> int:
    """Count the posts of the conversation, as far as ``most``."""
    return int(await pool.fetchval(_COUNT_POSTS, here, most) or 0)


async def mark_asked(tx: Tx, uris: Sequence[str], now: datetime) -> None:
    """Remember that the servers of these posts were asked for their answers."""
    await tx.execute(_MARK_ASKED, list(uris), now)


async def end_visit(tx: Tx, here: PostId, now: datetime, *, is_whole: bool) -> None:
    """Remember that the conversation was looked for, and whether anything was left."""
    await tx.execute(_END_VISIT, here, now, is_whole)


async def list_answered(
    tx: Tx, post_ids: Sequence[PostId], now: datetime, again_after: timedelta
) -> list[tuple[PostId, PostId]]:
    """Keep public answers of others whose conversation may be looked for: (post, root)."""
    rows = await tx.fetch(_LIST_ANSWERED, list(post_ids), now - again_after)
    return [(PostId(row["id"]), PostId(row["root_id"])) for row in rows]
