"""Lists of posts, newest first, each behind the gate. SQL lives here only.

Lists of many authors leave out whom the viewer muted, and those whom stewards limited, but for
who follows them.
"""

from typing import Final

from fedinet.audiences.gate import VISIBLE
from fedinet.audiences.model import Viewer
from fedinet.db.paged import Paged, between, paged, read_page
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import FIRST_PAGE, Page
from fedinet.posts.model import Post
from fedinet.posts.rows import POST_COLUMNS, post_of

_SELECT: Final = "SELECT" + POST_COLUMNS + "FROM posts p "
_STRETCH: Final = between("p.id")
_WELCOME: Final = """
       AND NOT EXISTS (
           SELECT FROM mutes
            WHERE mutes.actor_id = $1 AND mutes.target_id = p.author_id
              AND (mutes.until IS NULL OR mutes.until > now()))
       AND NOT EXISTS (
           SELECT FROM actors quiet
            WHERE quiet.id = p.author_id AND quiet.limited_at IS NOT NULL
              AND quiet.id IS DISTINCT FROM $1
              AND NOT EXISTS (
                   SELECT FROM follows heard
                    WHERE heard.follower_id = $1 AND heard.target_id = quiet.id
                      AND heard.state = 'accepted'))
"""
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
    + _WELCOME
    + _STRETCH
)
_EVERYONE: Final = (
    _SELECT
    + "WHERE p.visibility = 'everyone' AND p.parent_uri IS NULL AND"
    + VISIBLE
    + _WELCOME
    + _STRETCH
)
_ELSEWHERE: Final = (
    _SELECT
    + """
     WHERE NOT p.is_local AND p.visibility = 'everyone' AND p.parent_uri IS NULL
       AND"""
    + VISIBLE
    + _WELCOME
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
    + _WELCOME
    + _STRETCH
)
_BY_TAG: Final = (
    "SELECT"
    + POST_COLUMNS
    + """
      FROM post_tags tagged
      JOIN posts p ON p.id = tagged.post_id
     WHERE tagged.tag = $6
       AND ($7::boolean IS NULL OR p.is_local = $7)
       AND p.visibility IN ('everyone', 'allies', 'community') AND"""
    + VISIBLE
    + _WELCOME
    + between("tagged.post_id")
)

_LIST_BY_AUTHOR = paged("posts.list_by_author", _BY_AUTHOR, by="p.id")
_LIST_LOCAL = paged("posts.list_local", _LOCAL, by="p.id")
_LIST_EVERYONE = paged("posts.list_everyone", _EVERYONE, by="p.id")
_LIST_ELSEWHERE = paged("posts.list_elsewhere", _ELSEWHERE, by="p.id")
_LIST_OF_ALLIES = paged("posts.list_of_allies", _OF_ALLIES, by="p.id")
_LIST_BY_TAG = paged("posts.list_by_tag", _BY_TAG, by="tagged.post_id")

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
        _LIST_BY_AUTHOR,
        viewer,
        page,
        author_id,
        with_replies,
    )


async def list_local(conn: Conn, viewer: Viewer, page: Page = FIRST_PAGE) -> list[Post]:
    """Read what this community says: first posts to everyone and, for members, to the community."""
    return await _read(conn, _LIST_LOCAL, viewer, page)


async def list_everyone(conn: Conn, viewer: Viewer, page: Page = FIRST_PAGE) -> list[Post]:
    """Read the first posts to everyone that are known here, ours and others'."""
    return await _read(conn, _LIST_EVERYONE, viewer, page)


async def list_elsewhere(conn: Conn, viewer: Viewer, page: Page = FIRST_PAGE) -> list[Post]:
    """Read the first posts to everyone that were written on other servers and are known here."""
    return await _read(conn, _LIST_ELSEWHERE, viewer, page)


async def list_of_allies(conn: Conn, viewer: Viewer, page: Page = FIRST_PAGE) -> list[Post]:
    """Read what people of allied communities began: to everyone, and to allies."""
    return await _read(conn, _LIST_OF_ALLIES, viewer, page)


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
    return await _read(conn, _LIST_BY_TAG, viewer, page, tag, local)


async def count_by_author(conn: Conn, author_id: ActorId, *, everything: bool = False) -> int:
    """Count the public posts of an actor, quiet ones included: what a visitor could count.

    ``everything``: also the others, but for those to this community. For the author alone.
    """
    counted = _COUNT_SENT_BY_AUTHOR if everything else _COUNT_BY_AUTHOR
    return int(await conn.fetchval(counted, author_id) or 0)


async def _read(conn: Conn, of: Paged, viewer: Viewer, page: Page, *more: object) -> list[Post]:
    rows = await read_page(conn, of, page, viewer.actor_id, viewer.is_member, *more)
    return [post_of(row) for row in rows]
