"""Lists of posts, newest first, each behind the gate. SQL lives here only.

Lists of many authors leave out whom the viewer muted, and those whom stewards limited, but for
who follows them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from fedinet.audiences.gate import VIEWERS, VISIBLE, VISIBLE_TO
from fedinet.audiences.model import Viewer
from fedinet.cards.store import hash_of
from fedinet.db.paged import Paged, between, paged, read_page
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.paging import FIRST_PAGE, Page
from fedinet.posts.model import Post
from fedinet.posts.rows import POST_COLUMNS, post_of

_SELECT: Final = "SELECT" + POST_COLUMNS + "FROM posts p "
_STRETCH: Final = between("p.id")
_MET_RULE: Final = """
       NOT EXISTS (
           SELECT FROM actors quiet
            WHERE quiet.id = p.author_id AND quiet.limited_at IS NOT NULL
              AND quiet.id IS DISTINCT FROM :viewer
              AND NOT EXISTS (
                   SELECT FROM follows heard
                    WHERE heard.follower_id = :viewer AND heard.target_id = quiet.id
                      AND heard.state = 'accepted'))
"""
MET: Final = _MET_RULE.replace(":viewer", "$1")
"""Whom stewards limited is met by followers alone, where nobody asked for this very author."""
_WELCOME_RULE: Final = (
    """
       AND NOT EXISTS (
           SELECT FROM mutes
            WHERE mutes.actor_id = :viewer AND mutes.target_id = p.author_id
              AND (mutes.until IS NULL OR mutes.until > now()))
       AND"""
    + _MET_RULE
)
WELCOME: Final = _WELCOME_RULE.replace(":viewer", "$1")
"""To stand after another condition: the viewer neither muted the author nor is to meet them only
by asking for them.
"""
_WITH_FILES: Final = " AND (NOT $6::boolean OR p.attachments <> '[]')"
_BY_AUTHOR: Final = (
    _SELECT
    + "WHERE p.author_id = $6 AND ($7::boolean OR p.parent_uri IS NULL) AND"
    + VISIBLE
    + _STRETCH
)
# Without the gate, which hides from everybody what who is suspended wrote: it stays theirs.
_OWN: Final = _SELECT + "WHERE p.author_id = $1::bigint AND p.is_local AND $2::boolean" + _STRETCH
_OURS: Final = """
       (p.is_local AND p.visibility IN ('everyone', 'allies', 'community') AND p.parent_uri IS NULL)
"""
_TO_ALL: Final = " (p.visibility = 'everyone' AND p.parent_uri IS NULL) "
_OF_OTHERS: Final = """
       (NOT p.is_local AND p.visibility = 'everyone' AND p.parent_uri IS NULL)
"""
_FOUND_BY_TAG: Final = " p.visibility IN ('everyone', 'allies', 'community') "
_LOCAL: Final = _SELECT + "WHERE" + _OURS + "AND" + VISIBLE + WELCOME + _WITH_FILES + _STRETCH
_EVERYONE: Final = _SELECT + "WHERE" + _TO_ALL + "AND" + VISIBLE + WELCOME + _WITH_FILES + _STRETCH
_ELSEWHERE: Final = (
    _SELECT + "WHERE" + _OF_OTHERS + "AND" + VISIBLE + WELCOME + _WITH_FILES + _STRETCH
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
    + WELCOME
    + _STRETCH
)
# $6 which, $7 ours or others', $8 with files, $9 with all of these too, $10 with none of these.
_TAGGED: Final = (
    """
      FROM post_tags tagged
      JOIN posts p ON p.id = tagged.post_id
     WHERE ($7::boolean IS NULL OR p.is_local = $7)
       AND (NOT $8::boolean OR p.attachments <> '[]')
       AND NOT EXISTS (
            SELECT FROM unnest($9::text[]) AS must (tag)
             WHERE NOT EXISTS (
                SELECT FROM post_tags too WHERE too.post_id = p.id AND too.tag = must.tag))
       AND NOT EXISTS (
            SELECT FROM post_tags never
             WHERE never.post_id = p.id AND never.tag = ANY ($10::text[]))
       AND"""
    + _FOUND_BY_TAG
    + "AND"
    + VISIBLE
    + WELCOME
    + between("tagged.post_id")
)
_BY_TAG: Final = "SELECT" + POST_COLUMNS + _TAGGED + "AND tagged.tag = $6"
_BY_LINK: Final = (
    "SELECT"
    + POST_COLUMNS
    + """
      FROM post_cards linked
      JOIN posts p ON p.id = linked.post_id
     WHERE linked.card_id IN (
            SELECT id FROM cards WHERE hash = $6
             UNION
            SELECT id FROM cards WHERE md5(said->>'url') = md5($7::text) AND said->>'url' = $7)
       AND p.visibility = 'everyone'
       AND (p.author_id = $1 OR EXISTS (
            SELECT FROM actors author WHERE author.id = p.author_id AND author.indexable))
       AND"""
    + VISIBLE
    + WELCOME
    + between("linked.post_id")
)


def _by_any_tag(order: str) -> str:
    """Of each hashtag the first ``$5`` in this order, each post once, then the first ``$5``."""
    return (
        "SELECT"
        + POST_COLUMNS
        + """
      FROM (SELECT DISTINCT found.post_id
              FROM unnest($6::text[]) AS wanted (tag)
             CROSS JOIN LATERAL (SELECT tagged.post_id"""
        + _TAGGED
        + f"""
               AND tagged.tag = wanted.tag ORDER BY tagged.post_id {order} LIMIT $5) AS found
             ORDER BY 1 {order} LIMIT $5) AS listed
      JOIN posts p ON p.id = listed.post_id
     ORDER BY p.id {order}"""
    )


_LIST_BY_AUTHOR = paged("posts.list_by_author", _BY_AUTHOR, by="p.id")
_LIST_OWN = paged("posts.list_own", _OWN, by="p.id")
_LIST_LOCAL = paged("posts.list_local", _LOCAL, by="p.id")
_LIST_EVERYONE = paged("posts.list_everyone", _EVERYONE, by="p.id")
_LIST_ELSEWHERE = paged("posts.list_elsewhere", _ELSEWHERE, by="p.id")
_LIST_OF_ALLIES = paged("posts.list_of_allies", _OF_ALLIES, by="p.id")
_LIST_BY_TAG = paged("posts.list_by_tag", _BY_TAG, by="tagged.post_id")
_LIST_BY_ANY_TAG = Paged(
    newest=query("posts.list_by_any_tag", _by_any_tag("DESC")),
    nearest=query("posts.list_by_any_tag_up", _by_any_tag("ASC")),
)
_LIST_BY_LINK = paged("posts.list_by_link", _BY_LINK, by="linked.post_id")

_LIST_FINDERS = query(
    "posts.list_finders",
    f"""
    SELECT viewer.actor_id, {_TO_ALL} AS everyone, {_OURS} AS ours, {_OF_OTHERS} AS elsewhere,
           {_FOUND_BY_TAG} AS tagged
      FROM {VIEWERS}
      JOIN posts p ON p.id = $2
     WHERE {VISIBLE_TO}"""
    + _WELCOME_RULE.replace(":viewer", "viewer.actor_id"),
)

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


@dataclass(frozen=True, slots=True)
class Places:
    """Which of the lists that all members share hold a post, as one of them reads these.

    ``tagged``: those of its hashtags.
    """

    everyone: bool
    ours: bool
    elsewhere: bool
    tagged: bool


async def list_own(conn: Conn, owner: Viewer, page: Page = FIRST_PAGE) -> list[Post]:
    """Read all that a member wrote, for their own archive, also while they are suspended."""
    return await _read(conn, _LIST_OWN, owner, page)


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


async def list_local(
    conn: Conn, viewer: Viewer, page: Page = FIRST_PAGE, *, with_files: bool = False
) -> list[Post]:
    """Read what this community says: first posts to everyone and, for members, to the community.

    ``with_files``: only those that show something.
    """
    return await _read(conn, _LIST_LOCAL, viewer, page, with_files)


async def list_everyone(
    conn: Conn, viewer: Viewer, page: Page = FIRST_PAGE, *, with_files: bool = False
) -> list[Post]:
    """Read the first posts to everyone that are known here, ours and others'."""
    return await _read(conn, _LIST_EVERYONE, viewer, page, with_files)


async def list_elsewhere(
    conn: Conn, viewer: Viewer, page: Page = FIRST_PAGE, *, with_files: bool = False
) -> list[Post]:
    """Read the first posts to everyone that were written on other servers and are known here."""
    return await _read(conn, _LIST_ELSEWHERE, viewer, page, with_files)


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
    with_files: bool = False,
    or_any: Sequence[str] = (),
    and_all: Sequence[str] = (),
    but_none: Sequence[str] = (),
) -> list[Post]:
    """Read posts with a hashtag (normalised, without #). Quiet ones are not found this way.

    ``local``: only ours, or with False only others'. ``or_any``: with this one or one of these;
    ``and_all``: these too; ``but_none``: none of these.
    """
    more = (local, with_files, list(and_all), list(but_none))
    if or_any:
        return await _read(conn, _LIST_BY_ANY_TAG, viewer, page, [tag, *or_any], *more)
    return await _read(conn, _LIST_BY_TAG, viewer, page, tag, *more)


async def list_by_link(conn: Conn, viewer: Viewer, url: str, page: Page = FIRST_PAGE) -> list[Post]:
    """Read posts to everyone whose card is of this page, by authors who agreed to be found.

    ``url``: as it was linked to, or as the card says it.
    """
    return await _read(conn, _LIST_BY_LINK, viewer, page, hash_of(url), url)


async def list_finders(
    conn: Conn, readers: Collection[ActorId], post_id: PostId
) -> dict[ActorId, Places]:
    """Tell for many at once where a post stands that somebody has just written.

    Whoever finds it in no such list, because of the gate or because they muted its author, is
    missing.
    """
    return {
        ActorId(row["actor_id"]): Places(
            row["everyone"], row["ours"], row["elsewhere"], row["tagged"]
        )
        for row in await conn.fetch(_LIST_FINDERS, list(readers), post_id)
    }


async def count_by_author(conn: Conn, author_id: ActorId, *, everything: bool = False) -> int:
    """Count the public posts of an actor, quiet ones included: what a visitor could count.

    ``everything``: also the others, but for those to this community. For the author alone.
    """
    counted = _COUNT_SENT_BY_AUTHOR if everything else _COUNT_BY_AUTHOR
    return int(await conn.fetchval(counted, author_id) or 0)


async def _read(conn: Conn, of: Paged, viewer: Viewer, page: Page, *more: object) -> list[Post]:
    rows = await read_page(conn, of, page, viewer.actor_id, viewer.is_member, *more)
    return [post_of(row) for row in rows]
