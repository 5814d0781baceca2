"""How a member stands to others: one read over follows, blocks, mutes and what they noted."""

from collections.abc import Iterable
from typing import Final

import asyncpg

from fedinet.audiences.gate import keeps_server_away
from fedinet.db.query import Conn, query
from fedinet.follows.model import STRANGERS, Relationship
from fedinet.kernel.ids import ActorId

RELATION: Final = (
    """other.id,
           ours.state AS ours, coalesce(ours.notify, false) AS notifying,
           coalesce(ours.boosts, true) AS boosts, ours.languages, theirs.state AS theirs,
           blocking.id IS NOT NULL AS blocking, blocked.id IS NOT NULL AS blocked_by,
           muting.id IS NOT NULL AS muting, muting.until AS muting_until,
           ours.state = 'accepted' AND EXISTS (
                SELECT FROM endorsements e
                 WHERE e.actor_id = $1 AND e.target_id = other.id) AS endorsed_by_us,
           (SELECT n.text FROM account_notes n
             WHERE n.actor_id = $1 AND n.target_id = other.id) AS note,"""
    + keeps_server_away("$1", "other.id")
    + " AS server_kept"
)
"""How ``$1`` stands to ``other (id)``, joined as in ``RELATION_FROM``; for ``relationship_of``."""
RELATION_FROM: Final = """
      LEFT JOIN follows ours ON ours.follower_id = $1 AND ours.target_id = other.id
      LEFT JOIN follows theirs ON theirs.follower_id = other.id AND theirs.target_id = $1
      LEFT JOIN blocks blocking ON blocking.actor_id = $1 AND blocking.target_id = other.id
      LEFT JOIN blocks blocked ON blocked.actor_id = other.id AND blocked.target_id = $1
      LEFT JOIN mutes muting ON muting.actor_id = $1 AND muting.target_id = other.id
            AND (muting.until IS NULL OR muting.until > now())
"""

_RELATIONSHIPS = query(
    "follows.list_relationships",
    f"SELECT {RELATION} FROM unnest($2::bigint[]) AS other (id) {RELATION_FROM}",
)


async def list_relationships(
    conn: Conn, owner_id: ActorId, others: Iterable[ActorId]
) -> dict[ActorId, Relationship]:
    """Say how ``owner_id`` stands to each of ``others``; everyone asked for is in the answer."""
    wanted = list(set(others))
    rows = await conn.fetch(_RELATIONSHIPS, owner_id, wanted) if wanted else ()
    return {ActorId(row["id"]): relationship_of(row) for row in rows}


async def find_relationship(conn: Conn, owner_id: ActorId, other: ActorId) -> Relationship:
    return (await list_relationships(conn, owner_id, [other])).get(other, STRANGERS)


def relationship_of(row: asyncpg.Record) -> Relationship:
    """Map a row that has the columns of ``RELATION``."""
    return Relationship(
        following=row["ours"] == "accepted",
        requested=row["ours"] == "pending",
        notifying=row["notifying"],
        boosts=row["boosts"],
        languages=None if row["languages"] is None else tuple(row["languages"]),
        followed_by=row["theirs"] == "accepted",
        requested_by=row["theirs"] == "pending",
        blocking=row["blocking"],
        blocked_by=row["blocked_by"],
        server_kept=row["server_kept"],
        muting=row["muting"],
        muting_until=row["muting_until"],
        endorsed=bool(row["endorsed_by_us"]),
        note=row["note"] or "",
    )
