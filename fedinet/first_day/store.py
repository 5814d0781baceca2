"""How far a community has come. Reads over posts and people who were invited."""

from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId

_READ = query(
    "first_day.read_beginning",
    """
    SELECT (SELECT count(*) FROM (SELECT FROM posts
                                   WHERE author_id = $1
                                   LIMIT $2) AS own) AS posts,
           EXISTS (SELECT FROM invited_people) AS has_invited
""",
)


async def read_beginning(conn: Conn, actor_id: ActorId, *, most: int) -> tuple[int, bool]:
    """How many posts somebody wrote, ``most`` at most, and whether people of a list are invited."""
    row = await conn.fetchrow(_READ, actor_id, most)
    assert row is not None  # noqa: S101  # a SELECT without FROM has one row
    return row["posts"], row["has_invited"]
