"""Rows of ``stored_posts``: how many posts of each author elsewhere are here. SQL lives here only.

Triggers on ``posts`` keep them. Counting again mends what they missed: a restore
without triggers, a hand in the database.
"""

from collections.abc import Sequence

from fedinet.db.query import Tx, query
from fedinet.kernel.ids import ActorId

_LIST_AUTHORS = query(
    "posts.list_authors_elsewhere",
    """
    SELECT a.id
      FROM actors a
     WHERE NOT a.is_local
       AND a.id > $1
       AND (EXISTS (SELECT FROM posts p WHERE p.author_id = a.id)
            OR EXISTS (SELECT FROM stored_posts s WHERE s.author_id = a.id))
     ORDER BY a.id
     LIMIT $2
""",
)

_MAKE_ROWS = query(
    "posts.make_count_rows",
    """
    INSERT INTO stored_posts (author_id, posts, with_files)
    SELECT one, 0, 0
      FROM unnest($1::bigint[]) AS one
     ORDER BY one
        ON CONFLICT DO NOTHING
""",
)

_LOCK_ROWS = query(
    "posts.lock_count_rows",
    """
    SELECT FROM stored_posts
     WHERE author_id = ANY ($1::bigint[])
     ORDER BY author_id
       FOR NO KEY UPDATE
""",
)

_COUNT_AGAIN = query(
    "posts.count_again",
    """
    UPDATE stored_posts kept
       SET posts = there.posts, with_files = there.with_files
      FROM (SELECT one AS author_id,
                   (SELECT count(*) FROM posts p WHERE p.author_id = one)::integer AS posts,
                   (SELECT count(*) FROM posts p
                     WHERE p.author_id = one AND p.attachments <> '[]')::integer AS with_files
              FROM unnest($1::bigint[]) AS one) AS there
     WHERE kept.author_id = there.author_id
       AND (kept.posts, kept.with_files) <> (there.posts, there.with_files)
""",
)


async def list_authors_elsewhere(tx: Tx, *, after: ActorId, limit: int) -> Sequence[ActorId]:
    """List authors elsewhere of whom posts are stored, or counted, by id."""
    return [ActorId(row["id"]) for row in await tx.fetch(_LIST_AUTHORS, after, limit)]


async def count_again(tx: Tx, authors: Sequence[ActorId]) -> int:
    """Count the posts of these authors anew. Returns how many counts were wrong.

    Their rows are locked first: whoever stores a post meanwhile adds it to what
    is counted here, or was counted himself.
    """
    await tx.execute(_MAKE_ROWS, authors)
    await tx.execute(_LOCK_ROWS, authors)
    return int((await tx.execute(_COUNT_AGAIN, authors)).rsplit(" ", 1)[1])
