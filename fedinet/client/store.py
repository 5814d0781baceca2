"""What the gate of proxied documents must know, and who is in collections. SQL lives here only."""

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

_LIST_MEMBERS = query(
    "client.list_members_of_own_collections",
    """
    SELECT found.uri
      FROM (SELECT i.uri
              FROM collection_items i
              JOIN posts p ON p.id = i.collection_id
             WHERE p.uri = ANY ($2::text[]) AND p.author_id = $1
             UNION
            SELECT a.uri
              FROM follows f
              JOIN actors me ON me.id = f.follower_id
              JOIN actors a ON a.id = f.target_id
             WHERE f.follower_id = $1 AND f.state = 'accepted'
               AND me.following_uri = ANY ($2::text[])) AS found
     ORDER BY found.uri
     LIMIT $3
""",
)


async def list_members(
    conn: Conn | Pool, author_id: ActorId, collections: Sequence[str], *, limit: int
) -> list[str]:
    """Read what is in collections that this actor owns, each once: URIs of anything."""
    rows = await conn.fetch(_LIST_MEMBERS, author_id, list(collections), limit)
    return [row["uri"] for row in rows]


async def follows_one_of(
    conn: Conn | Pool, actor_id: ActorId, followers_uris: Sequence[str]
) -> bool:
    """Tell whether somebody belongs to one of these collections of followers."""
    return bool(await conn.fetchval(_FOLLOWS_ONE_OF, actor_id, list(followers_uris)))
