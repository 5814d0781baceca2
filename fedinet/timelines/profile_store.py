"""What somebody wrote and boosted, as their profile shows it. SQL lives here only."""

from typing import Final

from fedinet.audiences.gate import BOOST_SHOWN, VISIBLE
from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.paging import FIRST_PAGE, Page
from fedinet.timelines.model import Item

_POSTS: Final = (
    """
    SELECT p.id AS item_id, p.id AS post_id, NULL::bigint AS boost_id, NULL::bigint AS booster_id
      FROM posts p
     WHERE p.author_id = $6
       AND ($7::boolean OR p.parent_uri IS NULL)
       AND ($9::boolean OR p.visibility <> 'mentioned')
       AND ($10::text IS NULL OR EXISTS (
            SELECT FROM post_tags WHERE post_tags.post_id = p.id AND post_tags.tag = $10))
       AND ($3::bigint IS NULL OR p.id < $3)
       AND ($4::bigint IS NULL OR p.id > $4)
       AND"""
    + VISIBLE
)
_BOOSTS: Final = (
    """
    SELECT b.id AS item_id, b.post_id, b.id AS boost_id, b.actor_id AS booster_id
      FROM boosts b
      JOIN posts p ON p.id = b.post_id
      JOIN actors booster ON booster.id = b.actor_id
     WHERE b.actor_id = $6 AND $8::boolean
       AND ($3::bigint IS NULL OR b.id < $3)
       AND ($4::bigint IS NULL OR b.id > $4)
       AND"""
    + BOOST_SHOWN
    + "AND"
    + VISIBLE
)
_NEWEST: Final = " ORDER BY item_id DESC LIMIT $5 "
_NEAREST: Final = " ORDER BY item_id LIMIT $5 "

_LIST = query(
    "timelines.list_profile",
    "(" + _POSTS + _NEWEST + ") UNION ALL (" + _BOOSTS + _NEWEST + ")" + _NEWEST,
)
_LIST_UP = query(
    "timelines.list_profile_up",
    "(" + _POSTS + _NEAREST + ") UNION ALL (" + _BOOSTS + _NEAREST + ")" + _NEAREST,
)

_WITH_FILES: Final = (
    """
    SELECT p.id AS item_id, p.id AS post_id, NULL::bigint AS boost_id, NULL::bigint AS booster_id
      FROM posts p
     WHERE p.author_id = $6 AND p.attachments <> '[]'
       AND ($7::boolean OR p.parent_uri IS NULL)
       AND ($8::boolean OR p.visibility <> 'mentioned')
       AND ($9::text IS NULL OR EXISTS (
            SELECT FROM post_tags WHERE post_tags.post_id = p.id AND post_tags.tag = $9))
       AND ($3::bigint IS NULL OR p.id < $3)
       AND ($4::bigint IS NULL OR p.id > $4)
       AND"""
    + VISIBLE
)
_LIST_WITH_FILES = query("timelines.list_files", _WITH_FILES + _NEWEST)
_LIST_WITH_FILES_UP = query("timelines.list_files_up", _WITH_FILES + _NEAREST)


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
    rows = await conn.fetch(
        _LIST_UP if page.is_ascending else _LIST,
        viewer.actor_id,
        viewer.is_member,
        page.max_id,
        page.newer_than,
        page.limit,
        author_id,
        with_replies,
        with_boosts,
        with_direct,
        tag,
    )
    return [
        Item(row["item_id"], PostId(row["post_id"]), row["boost_id"], row["booster_id"])
        for row in page.newest_first(rows)
    ]


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
    rows = await conn.fetch(
        _LIST_WITH_FILES_UP if page.is_ascending else _LIST_WITH_FILES,
        viewer.actor_id,
        viewer.is_member,
        page.max_id,
        page.newer_than,
        page.limit,
        author_id,
        with_replies,
        with_direct,
        tag,
    )
    return [Item(row["item_id"], PostId(row["post_id"])) for row in page.newest_first(rows)]
