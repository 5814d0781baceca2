"""Rows of ``followed_tags``. SQL that writes them lives here only."""

from collections.abc import Collection

from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import Page

_LOCK_OWNER = query(
    "tags.lock_owner", "SELECT pg_advisory_xact_lock(hashtextextended('tags ' || $1::bigint, 0))"
)

_COUNT = query("tags.count", "SELECT count(*) FROM followed_tags WHERE owner_id = $1")

_INSERT = query(
    "tags.insert",
    """
    INSERT INTO followed_tags (owner_id, tag, name)
    VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING
""",
)

_DELETE = query(
    "tags.delete", "DELETE FROM followed_tags WHERE owner_id = $1 AND tag = $2 RETURNING tag"
)

_FIND_FOLLOWED = query(
    "tags.find_followed",
    "SELECT tag FROM followed_tags WHERE owner_id = $1 AND tag = ANY ($2::text[])",
)

_LIST = paged(
    "tags.list",
    "SELECT id, tag, name FROM followed_tags WHERE owner_id = $1" + between("id", at=2),
    by="id",
    at=2,
)


async def lock_owner(tx: Tx, owner_id: ActorId) -> None:
    """Let nobody else follow a hashtag for this member until the end of the transaction."""
    await tx.execute(_LOCK_OWNER, owner_id)


async def count(conn: Conn, owner_id: ActorId) -> int:
    return int(await conn.fetchval(_COUNT, owner_id) or 0)


async def insert(tx: Tx, owner_id: ActorId, tag: str, name: str) -> None:
    """Again: nothing happens."""
    await tx.execute(_INSERT, owner_id, tag, name)


async def delete(tx: Tx, owner_id: ActorId, tag: str) -> bool:
    """Tell whether it was followed."""
    return await tx.fetchval(_DELETE, owner_id, tag) is not None


async def find_followed(conn: Conn, owner_id: ActorId | None, tags: Collection[str]) -> set[str]:
    """Of these hashtags (normalised), those that a member follows; for a visitor none."""
    if owner_id is None or not tags:
        return set()
    return {row["tag"] for row in await conn.fetch(_FIND_FOLLOWED, owner_id, list(tags))}


async def list_followed(conn: Conn, owner_id: ActorId, page: Page) -> list[tuple[int, str, str]]:
    """List (cursor, normalised, as written), the last followed first."""
    rows = await read_page(conn, _LIST, page, owner_id)
    return [(row["id"], row["tag"], row["name"]) for row in rows]
