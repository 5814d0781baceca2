"""Posts that members have saved for themselves. SQL of ``bookmarks`` lives here only."""

from typing import Final

from fedinet.audiences.gate import VISIBLE
from fedinet.audiences.model import Viewer
from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.paging import FIRST_PAGE, Page

_ADD = query(
    "reactions.add_bookmark",
    """
    INSERT INTO bookmarks (actor_id, post_id)
    VALUES ($1, $2)
    ON CONFLICT DO NOTHING
""",
)

_REMOVE = query(
    "reactions.remove_bookmark",
    "DELETE FROM bookmarks WHERE actor_id = $1 AND post_id = $2",
)

_SAVED: Final = (
    """
    SELECT saved.id AS cursor, saved.post_id
      FROM bookmarks saved JOIN posts p ON p.id = saved.post_id
     WHERE saved.actor_id = $1"""
    + between("saved.id")
    + "AND"
    + VISIBLE
)
_LIST = paged("reactions.list_bookmarks", _SAVED, by="saved.id")


async def add_bookmark(tx: Tx, actor_id: ActorId, post_id: PostId) -> None:
    """Save a post. Saved already: it stays where it was saved first."""
    await tx.execute(_ADD, actor_id, post_id)


async def remove_bookmark(tx: Tx, actor_id: ActorId, post_id: PostId) -> None:
    """Save a post no longer. Idempotent, also for posts that the member may not see any more."""
    await tx.execute(_REMOVE, actor_id, post_id)


async def list_bookmarks(
    conn: Conn, viewer: Viewer, page: Page = FIRST_PAGE
) -> list[tuple[int, PostId]]:
    """List (cursor, post) that the viewer saved and may still see, the last saved first."""
    rows = await read_page(conn, _LIST, page, viewer.actor_id, viewer.is_member)
    return [(row["cursor"], PostId(row["post_id"])) for row in rows]
