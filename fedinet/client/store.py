"""What the gate of proxied documents must know. SQL lives here only."""

from collections.abc import Sequence

from fedinet.db.query import Conn, Pool, query
from fedinet.kernel.ids import ActorId

_FOLLOWS_ONE_OF = query(
    "client.follows_one_of",
    """
    SELECT EXISTS (
        SELECT FROM follows f
          JOIN actors a ON a.id = f.target_id
         WHERE f.follower_id = $1 AND f.state = 'accepted' AND a.followers_uri = ANY ($2::text[]))
""",
)


async def follows_one_of(
    conn: Conn | Pool, actor_id: ActorId, followers_uris: Sequence[str]
) -> bool:
    """Tell whether somebody belongs to one of these collections of followers."""
    return bool(await conn.fetchval(_FOLLOWS_ONE_OF, actor_id, list(followers_uris)))
