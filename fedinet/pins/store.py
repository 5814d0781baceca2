"""Rows of ``pins``, ``featured_tags`` and ``featured_looks``. SQL lives here only.

Posts are ids here: whoever shows them reads them through the gate.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from fedinet.audiences.gate import VISIBLE
from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId, PostId
from fedinet.posts.model import Tag

_INSERT = query(
    "pins.insert",
    """
    INSERT INTO pins (actor_id, post_id)
    SELECT $1, p.id FROM posts p WHERE p.id = $2 AND p.author_id = $1
    ON CONFLICT DO NOTHING
    RETURNING post_id
""",
)

_DELETE = query(
    "pins.delete", "DELETE FROM pins WHERE actor_id = $1 AND post_id = $2 RETURNING post_id"
)

_LOCK_OWNER = query(
    "pins.lock_owner", "SELECT pg_advisory_xact_lock(hashtextextended('pins ' || $1::bigint, 0))"
)

_COUNT = query("pins.count", "SELECT count(*) FROM pins WHERE actor_id = $1")

PINNED: Final = """
    SELECT pinned.post_id
      FROM pins pinned JOIN posts p ON p.id = pinned.post_id
     WHERE pinned.actor_id = :who AND p.visibility IN ('everyone', 'quiet')
"""
"""What ``:who`` pinned. Whoever shows it adds the gate."""

_LIST = query(
    "pins.list",
    f"{PINNED.replace(':who', '$3')} AND {VISIBLE} ORDER BY pinned.id DESC LIMIT $4",
)

_TRIM = query(
    "pins.trim",
    """
    DELETE FROM pins
     WHERE actor_id = $1
       AND id <= (SELECT beyond.id FROM pins beyond
                   WHERE beyond.actor_id = $1 ORDER BY beyond.id DESC OFFSET $2 LIMIT 1)
""",
)

_KEEP_ONLY = query(
    "pins.keep_only",
    "DELETE FROM pins WHERE actor_id = $1 AND post_id <> ALL($2::bigint[])",
)

_INSERT_TAG = query(
    "pins.insert_tag",
    """
    INSERT INTO featured_tags (actor_id, tag, name)
    SELECT $1, $2, $3
     WHERE (SELECT count(*) FROM featured_tags WHERE actor_id = $1) < $4
    ON CONFLICT DO NOTHING
    RETURNING id
""",
)

_DELETE_TAGS_OF = query("pins.delete_tags_of", "DELETE FROM featured_tags WHERE actor_id = $1")

_DELETE_TAG = query(
    "pins.delete_tag", "DELETE FROM featured_tags WHERE actor_id = $1 AND tag = $2 RETURNING name"
)

_LIST_TAGS = query(
    "pins.list_tags",
    "SELECT id, tag, name FROM featured_tags WHERE actor_id = $1 ORDER BY id LIMIT 20",
)

TAKE_LOOK: Final = """
    INSERT INTO featured_looks AS l (actor_id, looked_at)
    SELECT id, :now FROM actors WHERE id = :who AND NOT is_local AND featured_uri IS NOT NULL
    ON CONFLICT (actor_id) DO UPDATE SET looked_at = excluded.looked_at
     WHERE l.looked_at < :now - :every
    RETURNING actor_id AS id
"""
"""SQL: whether it is time to read what ``:who`` shows first, noted as done."""

_TAKE_LOOK = query(
    "pins.take_look",
    TAKE_LOOK.replace(":now", "$2::timestamptz")
    .replace(":who", "$1")
    .replace(":every", "$3::interval"),
)


async def lock_owner(tx: Tx, actor_id: ActorId) -> None:
    """Let nobody else count and add pins of this actor until ``tx`` ends."""
    await tx.execute(_LOCK_OWNER, actor_id)


async def insert_pin(tx: Tx, actor_id: ActorId, post_id: PostId) -> bool:
    """Pin a post of the actor's own. False: it was pinned, or is not theirs."""
    return await tx.fetchval(_INSERT, actor_id, post_id) is not None


async def delete_pin(tx: Tx, actor_id: ActorId, post_id: PostId) -> bool:
    return await tx.fetchval(_DELETE, actor_id, post_id) is not None


async def count_pins(conn: Conn, actor_id: ActorId) -> int:
    return int(await conn.fetchval(_COUNT, actor_id))


async def list_pins(conn: Conn, viewer: Viewer, actor_id: ActorId, *, limit: int) -> list[PostId]:
    """List what somebody pinned, the newest first, as far as the viewer may see it."""
    rows = await conn.fetch(_LIST, viewer.actor_id, viewer.is_member, actor_id, limit)
    return [PostId(row["post_id"]) for row in rows]


async def trim_pins(tx: Tx, actor_id: ActorId, *, most: int) -> None:
    await tx.execute(_TRIM, actor_id, most)


async def keep_only(tx: Tx, actor_id: ActorId, post_ids: Sequence[PostId]) -> None:
    await tx.execute(_KEEP_ONLY, actor_id, list(post_ids))


async def insert_tag(tx: Tx, actor_id: ActorId, tag: Tag, *, most: int) -> bool:
    """Feature a hashtag. False: it was, or there are ``most`` of them."""
    return await tx.fetchval(_INSERT_TAG, actor_id, tag.name, tag.written, most) is not None


async def delete_tag(tx: Tx, actor_id: ActorId, name: str) -> Tag | None:
    written = await tx.fetchval(_DELETE_TAG, actor_id, name)
    return None if written is None else Tag(name, written)


async def delete_tags_of(tx: Tx, actor_id: ActorId) -> None:
    """Forget every tag of somebody who is gone. Idempotent."""
    await tx.execute(_DELETE_TAGS_OF, actor_id)


async def list_tags(conn: Conn, actor_id: ActorId) -> list[tuple[int, Tag]]:
    """List (id, hashtag), the first chosen first."""
    rows = await conn.fetch(_LIST_TAGS, actor_id)
    return [(row["id"], Tag(row["tag"], row["name"])) for row in rows]


async def featured_names(conn: Conn, actor_id: ActorId | None) -> frozenset[str]:
    """The hashtags that somebody shows, normalised; for a visitor none."""
    tags = [] if actor_id is None else await list_tags(conn, actor_id)
    return frozenset(tag.name for _, tag in tags)


async def take_look(tx: Tx, actor_id: ActorId, now: datetime, *, every: timedelta) -> bool:
    """Tell whether it is time to read somebody's collection again, and note that it was done."""
    return await tx.fetchval(_TAKE_LOOK, actor_id, now, every) is not None
