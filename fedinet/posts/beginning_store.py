"""What publishing needs to know of an author, read at once. SQL lives here only."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.allies.posts_store import ALLIES_NOW
from fedinet.audiences.model import QuotePolicy
from fedinet.db.plans import ONE_PLAN
from fedinet.db.query import Tx, query
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import ActorId, PostId

# OFFSET 0: each follower is looked up; joined, all actors may be read.
_BEGIN = query(
    "posts.begin",
    f"""
    SELECT {ACTOR_COLUMNS}, new_id() AS post_id, {ONE_PLAN},
           (SELECT m.quote_policy FROM accounts m WHERE m.actor_id = $1) AS quote_policy,
           EXISTS (
            SELECT FROM follows f
             WHERE f.target_id = $1 AND f.state = 'accepted'
               AND EXISTS (SELECT FROM actors follower
                            WHERE follower.id = f.follower_id AND NOT follower.is_local
                           OFFSET 0)) AS followed_elsewhere,
           EXISTS (
            SELECT FROM follows f
             WHERE f.target_id = $1 AND f.state = 'accepted' AND f.notify) AS is_awaited,
           ARRAY(SELECT a.node_id {ALLIES_NOW} ORDER BY a.node_id LIMIT 200) AS allies
      FROM actors a WHERE a.id = $1
""",  # constants
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """The author, the number of a new post, and what their account and followers say."""

    author: Actor
    post_id: PostId
    quote_policy: QuotePolicy
    """Whom the author lets quote what does not say it itself."""
    followed_elsewhere: bool
    is_awaited: bool
    """Somebody asked to be told of each new post."""
    allies: Sequence[ActorId]
    """The node actors of those who are allies now."""


async def begin_post(tx: Tx, author_id: ActorId) -> Beginning:
    """Read it all.

    Raises:
        NotFound: there is no such author.
    """
    row = await tx.fetchrow(_BEGIN, author_id)
    if row is None:
        raise NotFound(f"no actor {author_id}")
    policy = row["quote_policy"]
    return Beginning(
        author=actor_of(row),
        post_id=PostId(row["post_id"]),
        quote_policy=QuotePolicy.NOBODY if policy is None else QuotePolicy(policy),
        followed_elsewhere=row["followed_elsewhere"],
        is_awaited=row["is_awaited"],
        allies=tuple(ActorId(found) for found in row["allies"]),
    )
