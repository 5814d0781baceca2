"""Lists of posts, newest first, each behind the gate. SQL lives here only.

``$3`` is older than, ``$4`` newer than, ``$5`` the limit; ``Page`` says which
end of the stretch is read. Lists of many authors leave out whom the viewer muted.
"""

from typing import Final

from fedinet.audiences.gate import VISIBLE
from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import FIRST_PAGE, Page
from fedinet.posts.model import Post
from fedinet.posts.rows import POST_COLUMNS, post_of

_SELECT: Final = "SELECT" + POST_COLUMNS + "FROM posts p "
_STRETCH: Final = """
       AND ($3::bigint IS NULL OR p.id < $3)
       AND ($4::bigint IS NULL OR p.id > $4)
"""
_NOT_MUTED: Final = """
       AND NOT EXISTS (
           SELECT FROM mutes
            WHERE mutes.actor_id = $1 AND mutes.target_id = p.author_id
              AND (mutes.until IS NULL OR mutes.until > now()))
"""
_NEWEST: Final = " ORDER BY p.id DESC LIMIT $5"
_NEAREST: Final = " ORDER BY p.id LIMIT $5"

_BY_AUTHOR: Final = (
    _SELECT
    + "WHERE p.author_id = $6 AND ($7::boolean OR p.parent_uri IS NULL) AND"
    + VISIBLE
    + _STRETCH
)
_LOCAL: Final = (
    _SELECT
    + """
     WHERE p.is_local AND p.visibility IN ('everyone', 'allies', 'community')
       AND p.parent_uri IS NULL AND"""
    + VISIBLE
    + _NOT_MUTED
    + _STRETCH
)
_EVERYONE: Final = (
    _SELECT
    + "WHERE p.visibility = 'everyone' AND p.parent_uri IS NULL AND"
    + VISIBLE
    + _NOT_MUTED
    + _STRETCH
)
_ELSEWHERE: Final = (
    _SELECT
    + """
     WHERE NOT p.is_local AND p.visibility = 'everyone' AND p.parent_uri IS NULL
       AND"""
    + VISIBLE
    + _NOT_MUTED
    + _STRETCH
)
_OF_ALLIES: Final = (
    _SELECT
    + """
     WHERE NOT p.is_local AND p.visibility IN ('everyone', 'allies') AND p.parent_uri IS NULL
       AND EXISTS (
            SELECT FROM actors friend
              JOIN allies ON allies.origin = friend.origin AND allies.mutual_until > now()
             WHERE friend.id = p.author_id)
       AND"""
    + VISIBLE
    + _NOT_MUTED
    + _STRETCH
)
_BY_TAG: Final = (
    "SELECT"
    + POST_COLUMNS
    + """
      FROM post_tags tagged
      JOIN posts p ON p.id = tagged.post_id
     WHERE tagged.tag = $6
       AND ($3::bigint IS NULL OR tagged.post_id < $3)
       AND ($4::bigint IS NULL OR tagged.post_id > $4)
       AND ($7::boolean IS NULL OR p.is_local = $7)
       AND p.visibility IN ('everyone', 'allies', 'community') AND"""
    + VISIBLE
    + _NOT_MUTED
)

_LIST_BY_AUTHOR = query("posts.list_by_author", _BY_AUTHOR + _NEWEST)
_LIST_BY_AUTHOR_AFTER = query("posts.list_by_author_after", _BY_AUTHOR + _NEAREST)
_LIST_LOCAL = query("posts.list_local", _LOCAL + _NEWEST)
_LIST_LOCAL_AFTER = query("posts.list_local_after", _LOCAL + _NEAREST)
_LIST_EVERYONE = query("posts.list_everyone", _EVERYONE + _NEWEST)
_LIST_EVERYONE_AFTER = query("posts.list_everyone_after", _EVERYONE + _NEAREST)
_LIST_ELSEWHERE = query("posts.list_elsewhere", _ELSEWHERE + _NEWEST)
_LIST_ELSEWHERE_AFTER = query("posts.list_elsewhere_after", _ELSEWHERE + _NEAREST)
_LIST_OF_ALLIES = query("posts.list_of_allies", _OF_ALLIES + _NEWEST)
_LIST_OF_ALLIES_AFTER = query("posts.list_of_allies_after", _OF_ALLIES + _NEAREST)
_LIST_BY_TAG = query("posts.list_by_tag", _BY_TAG + " ORDER BY tagged.post_id DESC LIMIT $5")
_LIST_BY_TAG_AFTER = query("posts.list_by_tag_after", _BY_TAG + " ORDER BY tagged.post_id LIMIT $5")

_COUNT_BY_AUTHOR = query(
    "posts.count_by_author",
    """
    SELECT count(*)
      FROM posts
     WHERE author_id = $1 AND visibility IN ('everyone', 'quiet')
""",
)

_COUNT_SENT_BY_AUTHOR = query(
    "posts.count_sent_by_author",
    "SELECT count(*) FROM posts WHERE author_id = $1 AND visibility <> 'community'",
)


async def list_by_author(
    conn: Conn,
    viewer: Viewer,
    author_id: ActorId,
    page: Page = FIRST_PAGE,
    *,
    with_replies: bool = True,
) -> list[Post]:
    """Read what somebody wrote, as far as the viewer may see it."""
    return await _read(
        conn,
        _LIST_BY_AUTHOR_AFTER if page.is_ascending else _LIST_BY_AUTHOR,
        viewer,
        page,
        author_id,
        with_replies,
    )


async def list_local(conn: Conn, viewer: Viewer, page: Page = FIRST_PAGE) -> list[Post]:
    """Read what this community says: first posts to everyone and, for members, to the community."""
    return await _read(conn, _LIST_LOCAL_AFTER if page.is_ascending else _LIST_LOCAL, viewer, page)


async def list_everyone(conn: Conn, viewer: Viewer, page: Page = FIRST_PAGE) -> list[Post]:
    """Read the first posts to everyone that are known here, ours and others'."""
    return await _read(
        conn, _LIST_EVERYONE_AFTER if page.is_ascending else _LIST_EVERYONE, viewer, page
    )


async def list_elsewhere(conn: Conn, viewer: Viewer, page: Page = FIRST_PAGE) -> list[Post]:
    """Read the first posts to everyone that were written on other servers and are known here."""
    return await _read(
        conn, _LIST_ELSEWHERE_AFTER if page.is_ascending else _LIST_ELSEWHERE, viewer, page
    )


async def list_of_allies(conn: Conn, viewer: Viewer, page: Page = FIRST_PAGE) -> list[Post]:
    """Read what people of allied communities began: to everyone, and to allies."""
    return await _read(
        conn, _LIST_OF_ALLIES_AFTER if page.is_ascending else _LIST_OF_ALLIES, viewer, page
    )


async def list_by_tag(
    conn: Conn,
    viewer: Viewer,
    tag: str,
    page: Page = FIRST_PAGE,
    *,
    local: bool | None = None,
) -> list[Post]:
    """Read posts with a hashtag (normalised, without #). Quiet ones are not found this way.

    ``local``: only ours, or with False only others'.
    """
    return await _read(
        conn, _LIST_BY_TAG_AFTER if page.is_ascending else _LIST_BY_TAG, viewer, page, tag, local
    )


async def count_by_author(conn: Conn, author_id: ActorId, *, everything: bool = False) -> int:
    """Count the public posts of an actor, quiet ones included: what a visitor could count.

    ``everything``: also the others, but for those to this community. For the author alone.
    """
    counted = _COUNT_SENT_BY_AUTHOR if everything else _COUNT_BY_AUTHOR
    return int(await conn.fetchval(counted, author_id) or 0)


async def _read(conn: Conn, sql: str, viewer: Viewer, page: Page, *more: object) -> list[Post]:
    rows = await conn.fetch(
        sql,
        viewer.actor_id,
        viewer.is_member,
        page.max_id,
        page.newer_than,
        page.limit,
        *more,
    )
    return [post_of(row) for row in page.newest_first(rows)]
