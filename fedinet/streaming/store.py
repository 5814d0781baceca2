"""Whom a notice may concern. Candidates only: what is sent goes through the gate after this."""

from collections.abc import Collection
from dataclasses import dataclass

from fedinet.audiences.model import Visibility
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId, PostId
from fedinet.timelines.model import Item

_OWNERS_WITH = query(
    "streaming.list_owners_with", "SELECT DISTINCT owner_id FROM home WHERE post_id = $1"
)

_FIND_POST = query(
    "streaming.find_post",
    """
    SELECT p.id, p.author_id, p.is_local, p.visibility, p.parent_uri IS NOT NULL AS is_reply,
           p.attachments <> '[]' AS has_media,
           ARRAY(SELECT t.tag FROM post_tags t WHERE t.post_id = p.id) AS tags
      FROM posts p
     WHERE p.id = $1
""",
)

_FIND_SHARED = query("streaming.find_shared", "SELECT post_id, actor_id FROM boosts WHERE id = $1")

_FIND_TOLD = query(
    "streaming.find_told",
    """
    SELECT id, owner_id
      FROM notifications
     WHERE id = ANY ($1::bigint[]) AND owner_id = ANY ($2::bigint[])
     ORDER BY id
""",
)


_OF_OTHERS = query(
    "streaming.list_of_others",
    "SELECT id FROM posts WHERE id = ANY ($1::bigint[]) AND author_id <> $2",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What decides which streams a post may stand in."""

    id: PostId
    author_id: ActorId
    is_local: bool
    visibility: Visibility
    is_reply: bool
    has_media: bool
    tags: frozenset[str]


async def list_owners_with(conn: Conn, post_id: PostId) -> list[ActorId]:
    """In whose home a post stands, by itself or shared."""
    return [ActorId(row["owner_id"]) for row in await conn.fetch(_OWNERS_WITH, post_id)]


async def find_outline(conn: Conn, post_id: int) -> Outline | None:
    row = await conn.fetchrow(_FIND_POST, post_id)
    if row is None:
        return None
    return Outline(
        id=PostId(row["id"]),
        author_id=ActorId(row["author_id"]),
        is_local=row["is_local"],
        visibility=Visibility(row["visibility"]),
        is_reply=row["is_reply"],
        has_media=row["has_media"],
        tags=frozenset(row["tags"]),
    )


async def find_shared(conn: Conn, boost_id: int) -> Item | None:
    row = await conn.fetchrow(_FIND_SHARED, boost_id)
    if row is None:
        return None
    return Item(boost_id, PostId(row["post_id"]), boost_id, ActorId(row["actor_id"]))


async def find_told(
    conn: Conn, notification_ids: Collection[int], connected: Collection[ActorId]
) -> list[tuple[int, ActorId]]:
    """Of new notifications, those of connected members: (id, owner), the oldest first."""
    rows = await conn.fetch(_FIND_TOLD, list(notification_ids), list(connected))
    return [(row["id"], ActorId(row["owner_id"])) for row in rows]


async def list_of_others(conn: Conn, post_ids: Collection[PostId], me: ActorId) -> set[PostId]:
    """Of these posts, those that somebody else wrote."""
    return {PostId(row["id"]) for row in await conn.fetch(_OF_OTHERS, list(post_ids), me)}
