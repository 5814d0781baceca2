"""Rows of ``domain_blocks``: servers that members keep away. SQL of that table lives here only."""

from dataclasses import dataclass

from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId, Domain
from fedinet.kernel.paging import Page

# The member's row is held: two adds at once cannot pass the limit together.
_INSERT = query(
    "follows.insert_domain_block",
    """
    INSERT INTO domain_blocks (actor_id, domain)
    SELECT member.id, $2
      FROM (SELECT id FROM actors WHERE id = $1 FOR NO KEY UPDATE) AS member
     WHERE (SELECT count(*) FROM domain_blocks WHERE actor_id = $1) < $3
    ON CONFLICT DO NOTHING
    RETURNING id
""",
)
_HAS = query(
    "follows.has_domain_block",
    "SELECT EXISTS (SELECT FROM domain_blocks WHERE actor_id = $1 AND domain = $2)",
)
_DELETE = query(
    "follows.delete_domain_block",
    "DELETE FROM domain_blocks WHERE actor_id = $1 AND domain = $2 RETURNING id",
)

_LIST = paged(
    "follows.list_domain_blocks",
    "SELECT id, domain FROM domain_blocks WHERE actor_id = $1" + between("id", at=2),
    by="id",
    at=2,
)

# The member's own follows are looked through, never everybody of that server.
_OF_SERVER = """
       AND NOT a.is_local AND $2 IN (a.domain, split_part(a.origin, '://', 2))
"""
_LIST_FOLLOWED = query(
    "follows.list_followed_there",
    "SELECT"
    + ACTOR_COLUMNS
    + "FROM follows f JOIN actors a ON a.id = f.target_id WHERE f.follower_id = $1"
    + _OF_SERVER
    + "ORDER BY f.id LIMIT $3",
)
_LIST_FOLLOWERS = query(
    "follows.list_followers_there",
    "SELECT"
    + ACTOR_COLUMNS
    + "FROM follows f JOIN actors a ON a.id = f.follower_id WHERE f.target_id = $1"
    + _OF_SERVER
    + "ORDER BY f.id LIMIT $3",
)
_COUNT = query(
    "follows.count_follows_there",
    """
    SELECT (SELECT count(*) FROM follows f JOIN actors a ON a.id = f.target_id
             WHERE f.follower_id = $1 AND f.state = 'accepted'"""
    + _OF_SERVER
    + """) AS following,
           (SELECT count(*) FROM follows f JOIN actors a ON a.id = f.follower_id
             WHERE f.target_id = $1 AND f.state = 'accepted'"""
    + _OF_SERVER
    + ") AS followers",
)


@dataclass(frozen=True, slots=True)
class Ties:
    """Between a member and the people of a server, in both directions."""

    following: int
    followers: int


async def insert_domain_block(tx: Tx, actor_id: ActorId, domain: Domain, *, most: int) -> bool:
    """Store one. False: it stands already, or the member has ``most`` of them."""
    return await tx.fetchval(_INSERT, actor_id, domain, most) is not None


async def has_domain_block(conn: Conn, actor_id: ActorId, domain: Domain) -> bool:
    return bool(await conn.fetchval(_HAS, actor_id, domain))


async def delete_domain_block(tx: Tx, actor_id: ActorId, domain: Domain) -> bool:
    """Take one back. False: there was none."""
    return await tx.fetchval(_DELETE, actor_id, domain) is not None


async def list_domain_blocks(conn: Conn, actor_id: ActorId, page: Page) -> list[tuple[int, Domain]]:
    """List (cursor, domain), the last added first."""
    rows = await read_page(conn, _LIST, page, actor_id)
    return [(row["id"], Domain(row["domain"])) for row in rows]


async def list_followed_there(
    conn: Conn, actor_id: ActorId, domain: Domain, *, limit: int
) -> list[Actor]:
    """List whom the member follows there, or asked to follow."""
    return [actor_of(row) for row in await conn.fetch(_LIST_FOLLOWED, actor_id, domain, limit)]


async def list_followers_there(
    conn: Conn, actor_id: ActorId, domain: Domain, *, limit: int
) -> list[Actor]:
    """List who follows the member from there, or waits for a yes."""
    return [actor_of(row) for row in await conn.fetch(_LIST_FOLLOWERS, actor_id, domain, limit)]


async def count_ties(conn: Conn, actor_id: ActorId, domain: Domain) -> Ties:
    """Count the follows that keeping this server away would end."""
    row = await conn.fetchrow(_COUNT, actor_id, domain)
    return Ties(0, 0) if row is None else Ties(row["following"], row["followers"])
