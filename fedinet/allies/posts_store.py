"""Which allied communities a post is for, or was. SQL lives here only.

The snapshot of a post for allies names their node actors (``audience_members``):
each stands for everyone in its community.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from fedinet.db.query import Tx, query
from fedinet.kernel.ids import ActorId, PostId

ALLIES_NOW: Final = """
      FROM allies a
     WHERE a.mutual_until > now() AND a.node_id IS NOT NULL
"""
_LIST_REACHED = query(
    "allies.list_reached",
    "SELECT a.node_id"
    + ALLIES_NOW
    + """
       AND ($1::bigint IS NULL OR EXISTS (
            SELECT FROM audience_members m
             WHERE m.audience_id = $1 AND m.actor_id = a.node_id AND m.until IS NULL))
     ORDER BY a.node_id
     LIMIT 200
""",
)

_LIST_TOLD = query(
    "allies.list_told",
    """
    SELECT a.node_id
      FROM allies a
      JOIN posts p ON p.id = $1
     WHERE a.node_id IS NOT NULL AND a.allied_at IS NOT NULL
       AND (p.visibility = 'everyone' AND (a.mutual_until > now() OR a.ended_at > $2)
            OR p.visibility = 'allies' AND EXISTS (
                SELECT FROM audience_members m
                 WHERE m.audience_id = $1 AND m.actor_id = a.node_id))
     LIMIT 400
""",
)

_LIST_RECEIVED_FOR = query(
    "allies.list_received_for",
    """
    SELECT n.post_id, other.node_id
      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n (post_id, author_id, parent_id)
      JOIN actors author ON author.id = n.author_id
      JOIN allies sender ON sender.origin = author.origin
      JOIN allies other ON other.node_id IS NOT NULL AND other.mutual_until > now()
       AND (other.domain = sender.domain OR other.origin = ANY (sender.names))
      LEFT JOIN posts parent ON parent.id = n.parent_id AND parent.visibility = 'allies'
     WHERE parent.id IS NULL OR other.domain = sender.domain OR EXISTS (
            SELECT FROM audience_members m
             WHERE m.audience_id = parent.id AND m.actor_id = other.node_id AND m.until IS NULL)
""",
)


async def list_reached(tx: Tx, within: PostId | None) -> Sequence[ActorId]:
    """The node actors of those who are allies now; ``within``: of those that this post is for."""
    return [ActorId(row["node_id"]) for row in await tx.fetch(_LIST_REACHED, within)]


async def list_told(tx: Tx, post_id: PostId, published_at: datetime) -> Sequence[ActorId]:
    """Those that may have a copy of a post of ours, allies still or not: they hear of its end."""
    rows = await tx.fetch(_LIST_TOLD, post_id, published_at)
    return [ActorId(row["node_id"]) for row in rows]


async def list_received_for(
    tx: Tx, posts: Sequence[tuple[PostId, ActorId, PostId | None]]
) -> list[tuple[PostId, ActorId]]:
    """Whom, as far as we know, posts of allies are for: (post, author, parent) -> (post, node).

    Its author's community always; of our allies those that it names as its own,
    too; of an answer nobody that what it answers was not for.
    """
    rows = await tx.fetch(
        _LIST_RECEIVED_FOR,
        [post_id for post_id, _, _ in posts],
        [author_id for _, author_id, _ in posts],
        [parent_id for _, _, parent_id in posts],
    )
    return [(PostId(row["post_id"]), ActorId(row["node_id"])) for row in rows]
