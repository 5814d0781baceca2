"""Who likes and shares a post, what somebody shared: references only. SQL lives here only."""

from dataclasses import dataclass
from typing import Final

from fedinet.audiences.gate import BOOST_SHOWN, VISIBLE
from fedinet.audiences.model import Viewer
from fedinet.db.paged import Paged, between, paged, read_page
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId, ActorUri, ObjectUri, PostId
from fedinet.kernel.paging import Page
from fedinet.reactions.model import Boost
from fedinet.reactions.store import boost_of

_SHOWN: Final = " AND a.suspended_at IS NULL AND a.gone_at IS NULL" + between("r.id", at=2)
_LIKES: Final = (
    """
    SELECT r.id, r.uri, a.uri AS actor_uri
      FROM likes r JOIN actors a ON a.id = r.actor_id
     WHERE r.post_id = $1"""
    + _SHOWN
)
_SHARES: Final = (
    """
    SELECT r.id, r.uri, a.uri AS actor_uri
      FROM boosts r JOIN actors a ON a.id = r.actor_id
     WHERE r.post_id = $1"""
    + _SHOWN
)
_LIST_LIKES = paged("reactions.list_likes_of", _LIKES, by="r.id", at=2)
_LIST_SHARES = paged("reactions.list_shares_of", _SHARES, by="r.id", at=2)

_LIST_BOOSTS_BY = query(
    "reactions.list_boosts_by",
    """
    SELECT b.id, b.actor_id, b.post_id, b.uri, b.visibility, b.created_at,
           p.uri AS post_uri, author.uri AS author_uri
      FROM boosts b
      JOIN posts p ON p.id = b.post_id
      JOIN actors booster ON booster.id = b.actor_id
      JOIN actors author ON author.id = p.author_id
     WHERE b.actor_id = $3
       AND ($4::bigint IS NULL OR b.id < $4)
       AND NOT EXISTS (SELECT FROM activities WHERE activities.uri = b.uri)
       AND"""
    + BOOST_SHOWN
    + "AND"
    + VISIBLE
    + "ORDER BY b.id DESC LIMIT $5",
)

_COUNT_BOOSTS_BY = query(
    "reactions.count_boosts_by",
    """
    SELECT count(*)
      FROM boosts b
     WHERE b.actor_id = $1 AND ($2::boolean OR b.visibility <> 'followers')
       AND NOT EXISTS (SELECT FROM activities WHERE activities.uri = b.uri)
""",
)


@dataclass(frozen=True, slots=True)
class Reacted:
    """One like or share: its cursor, its id (empty where it had none), who did it."""

    cursor: int
    uri: str
    actor: ActorUri


@dataclass(frozen=True, slots=True)
class Shared:
    """A boost, what it shares, and who wrote that."""

    boost: Boost
    post: ObjectUri
    author: ActorUri


async def list_boosts_by(
    conn: Conn, viewer: Viewer, actor_id: ActorId, *, before: int | None, limit: int
) -> list[Shared]:
    """List what somebody shared, newest first, as far as the viewer may see boost and post.

    Without those that their ActivityPub clients posted: they are kept as activities.
    """
    rows = await conn.fetch(
        _LIST_BOOSTS_BY, viewer.actor_id, viewer.is_member, actor_id, before, limit
    )
    return [
        Shared(boost_of(row), ObjectUri(row["post_uri"]), ActorUri(row["author_uri"]))
        for row in rows
    ]


async def count_boosts_by(conn: Conn, viewer: Viewer, actor_id: ActorId) -> int:
    """Count the same, as a visitor could, or all of them for who shared."""
    own = viewer.actor_id == actor_id
    return int(await conn.fetchval(_COUNT_BOOSTS_BY, actor_id, own) or 0)


async def list_likes_of(conn: Conn, post_id: PostId, page: Page) -> list[Reacted]:
    """List likes of a post, newest first. For its author: the caller makes sure of that."""
    return await _list(conn, _LIST_LIKES, post_id, page)


async def list_shares_of(conn: Conn, post_id: PostId, page: Page) -> list[Reacted]:
    """The same for boosts. Those for followers too: their senders told the author themselves."""
    return await _list(conn, _LIST_SHARES, post_id, page)


async def _list(conn: Conn, of: Paged, post_id: PostId, page: Page) -> list[Reacted]:
    return [
        Reacted(row["id"], row["uri"], ActorUri(row["actor_uri"]))
        for row in await read_page(conn, of, page, post_id)
    ]
