"""How many can read what a member is about to publish. Numbers to decide by; the gate decides."""

from dataclasses import dataclass

from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId

_COUNT = query(
    "posts.count_readers",
    """
    SELECT (SELECT count(*)
              FROM accounts a
              JOIN actors r ON r.id = a.actor_id
             WHERE a.disabled_at IS NULL AND r.suspended_at IS NULL AND r.gone_at IS NULL
           ) AS members,
           (SELECT count(*)
              FROM follows f
              JOIN actors r ON r.id = f.follower_id
             WHERE f.target_id = $1 AND f.state = 'accepted'
               AND r.suspended_at IS NULL AND r.gone_at IS NULL
           ) AS followers
""",
)


@dataclass(frozen=True, slots=True)
class Readers:
    """``members``: of this community, the writer too. ``followers``: of the writer, anywhere."""

    members: int
    followers: int


async def count_readers(conn: Conn, writer_id: ActorId) -> Readers:
    row = await conn.fetchrow(_COUNT, writer_id)
    assert row is not None  # noqa: S101  # two counts are one row
    return Readers(row["members"], row["followers"])
