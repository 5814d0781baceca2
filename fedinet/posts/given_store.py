"""What members' clients gave: a column of ``posts``, and rows of ``collection_items``."""

from collections.abc import Sequence

import msgspec

from fedinet.audiences.gate import VISIBLE
from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ObjectUri, PostId
from fedinet.posts.model import Post
from fedinet.posts.rows import POST_COLUMNS, post_of

_WRITE = query(
    "posts.write_given",
    "UPDATE posts SET given = $2::jsonb, kind = $3 WHERE id = $1",
)

_ADD_ITEMS = query(
    "posts.add_collection_items",
    """
    INSERT INTO collection_items (collection_id, uri)
    SELECT $1, added.uri FROM unnest($2::text[]) WITH ORDINALITY AS added (uri, place)
     ORDER BY added.place
        ON CONFLICT DO NOTHING
""",
)

_REMOVE_ITEMS = query(
    "posts.remove_collection_items",
    "DELETE FROM collection_items WHERE collection_id = $1 AND uri = ANY ($2::text[])",
)

_LIST_ITEMS = query(
    "posts.list_collection_items",
    """
    SELECT i.id, i.uri
      FROM collection_items i
      JOIN posts p ON p.id = i.collection_id
     WHERE i.collection_id = $3 AND ($4::bigint IS NULL OR i.id < $4) AND"""
    + VISIBLE
    + """
     ORDER BY i.id DESC
     LIMIT $5
""",
)

_COUNT_ITEMS = query(
    "posts.count_collection_items",
    "SELECT count(*) FROM collection_items WHERE collection_id = $1",
)

_LIST_VISIBLE_BY_URI = query(
    "posts.list_visible_by_uri",
    "SELECT" + POST_COLUMNS + "FROM posts p WHERE p.uri = ANY($3::text[]) AND" + VISIBLE,
)


async def write_given(tx: Tx, post: Post) -> None:
    """Store what a client said of a post, and the kind it gave it."""
    await tx.execute(_WRITE, post.id, msgspec.json.encode(post.given).decode(), post.kind)


async def add_items(tx: Tx, collection_id: PostId, uris: Sequence[str]) -> None:
    """Add to a collection, each once; the last is the newest."""
    await tx.execute(_ADD_ITEMS, collection_id, list(uris))


async def remove_items(tx: Tx, collection_id: PostId, uris: Sequence[str]) -> None:
    await tx.execute(_REMOVE_ITEMS, collection_id, list(uris))


async def list_items(
    conn: Conn, viewer: Viewer, collection_id: PostId, *, before: int | None, limit: int
) -> list[tuple[int, str]]:
    """A page of what is in a collection that the viewer may see, newest first: (cursor, URI)."""
    rows = await conn.fetch(
        _LIST_ITEMS, viewer.actor_id, viewer.is_member, collection_id, before, limit
    )
    return [(row["id"], row["uri"]) for row in rows]


async def count_items(conn: Conn, collection_id: PostId) -> int:
    return int(await conn.fetchval(_COUNT_ITEMS, collection_id) or 0)


async def list_visible_by_uri(
    conn: Conn, viewer: Viewer, uris: Sequence[str]
) -> dict[ObjectUri, Post]:
    """Read those of the posts that the viewer may see; the others are missing."""
    rows = await conn.fetch(_LIST_VISIBLE_BY_URI, viewer.actor_id, viewer.is_member, list(uris))
    return {post.uri: post for post in map(post_of, rows)}
