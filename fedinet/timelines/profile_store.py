"""What somebody wrote and boosted, as their profile shows it. SQL lives here only."""

from typing import Final

from fedinet.audiences.model import Viewer
from fedinet.db.paged import Paged, paged, read_page
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import FIRST_PAGE, Page
from fedinet.timelines.model import Item
from fedinet.timelines.rows import BOOSTS, BOOSTS_SHOWN, POSTS, POSTS_SHOWN, item_of

# $6 whose, $7 with replies, $8 with what is for people mentioned, $9 of one hashtag.
_WRITTEN: Final = """
           p.author_id = $6
       AND ($7::boolean OR p.parent_uri IS NULL)
       AND ($8::boolean OR p.visibility <> 'mentioned')
       AND ($9::text IS NULL OR EXISTS (
            SELECT FROM post_tags WHERE post_tags.post_id = p.id AND post_tags.tag = $9))
"""
_POSTS: Final = POSTS + _WRITTEN + POSTS_SHOWN
_BOOSTS: Final = BOOSTS + "b.actor_id = $6 AND $10::boolean" + BOOSTS_SHOWN


def _merged(order: str) -> str:
    return f"({_POSTS} {order} LIMIT $5) UNION ALL ({_BOOSTS} {order} LIMIT $5) {order} LIMIT $5"


_LIST = Paged(
    newest=query("timelines.list_profile", _merged("ORDER BY item_id DESC")),
    nearest=query("timelines.list_profile_up", _merged("ORDER BY item_id")),
)
_LIST_WITH_FILES = paged(
    "timelines.list_files",
    POSTS + _WRITTEN + "AND p.attachments <> '[]'" + POSTS_SHOWN,
    by="item_id",
)


async def list_profile(
    conn: Conn,
    viewer: Viewer,
    author_id: ActorId,
    page: Page = FIRST_PAGE,
    *,
    with_replies: bool = True,
    with_boosts: bool = True,
    with_direct: bool = True,
    tag: str | None = None,
) -> list[Item]:
    """Read what ``author_id`` wrote and boosted, newest first, as far as the viewer may see it.

    ``with_direct``: also what is for people mentioned. ``tag``: only posts with this hashtag
    (normalised); boosts are left in unless they are asked away.
    """
    whose = (author_id, with_replies, with_direct, tag, with_boosts)
    rows = await read_page(conn, _LIST, page, viewer.actor_id, viewer.is_member, *whose)
    return [item_of(row) for row in rows]


async def list_with_files(
    conn: Conn,
    viewer: Viewer,
    author_id: ActorId,
    page: Page = FIRST_PAGE,
    *,
    with_replies: bool = True,
    with_direct: bool = True,
    tag: str | None = None,
) -> list[Item]:
    """Read what ``author_id`` wrote with pictures, films or sounds; arguments as above."""
    whose = (author_id, with_replies, with_direct, tag)
    rows = await read_page(conn, _LIST_WITH_FILES, page, viewer.actor_id, viewer.is_member, *whose)
    return [item_of(row) for row in rows]
