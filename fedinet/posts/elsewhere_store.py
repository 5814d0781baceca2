"""Whether anybody elsewhere is told of a new post. SQL lives here only."""

from collections.abc import Sequence

from fedinet.allies.posts_store import ALLIES_NOW
from fedinet.db.query import Tx, query
from fedinet.kernel.ids import ActorId

_FIND = query(
    "posts.find_elsewhere",
    f"""
    SELECT EXISTS (  -- OFFSET 0: each follower is looked up; joined, all actors may be read
            SELECT FROM follows f
             WHERE f.target_id = $1 AND f.state = 'accepted'
               AND EXISTS (SELECT FROM actors follower
                            WHERE follower.id = f.follower_id AND NOT follower.is_local
                           OFFSET 0)) AS followed,
           CASE WHEN $2 THEN ARRAY(SELECT a.node_id {ALLIES_NOW} ORDER BY a.node_id LIMIT 200)
           END AS allies
""",  # a constant
)


async def find_elsewhere(
    tx: Tx, author_id: ActorId, *, allies: bool
) -> tuple[bool, Sequence[ActorId]]:
    """Tell whether an author has followers elsewhere; and, if asked, the allies of now."""
    [row] = await tx.fetch(_FIND, author_id, allies)
    return row["followed"], [ActorId(found) for found in row["allies"] or ()]
