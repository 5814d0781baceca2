"""What many members did to posts, and who of many may see a boost: ``store`` for all at once.

SQL lives here only.
"""

from collections.abc import Collection

from fedinet.audiences.gate import BOOST_SHOWN_TO, VIEWERS, VISIBLE_TO
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId, PostId
from fedinet.reactions.model import Boost, OwnReactions
from fedinet.reactions.store import OWN, boost_of, own_reactions_of

_LIST_OWN_OF = query(
    "reactions.list_own_of",
    f"""
    SELECT who.id AS actor_id, {OWN.replace(":actor", "who.id")}
      FROM unnest($1::bigint[]) AS who (id)
     CROSS JOIN unnest($2::bigint[]) AS asked (id)""",
)

_FIND_SEEN_BOOST = query(
    "reactions.find_seen_boost",
    f"""
    SELECT b.id, b.actor_id, b.post_id, b.uri, b.visibility, b.created_at,
           array_agg(viewer.actor_id) AS viewers
      FROM {VIEWERS}
      JOIN boosts b ON b.id = $2
      JOIN posts p ON p.id = b.post_id
      JOIN actors booster ON booster.id = b.actor_id
     WHERE {BOOST_SHOWN_TO} AND {VISIBLE_TO}
     GROUP BY b.id""",
)


async def list_reactions_of(
    conn: Conn, actor_ids: Collection[ActorId], post_ids: Collection[PostId]
) -> dict[ActorId, dict[PostId, OwnReactions]]:
    """Tell what each of these members did to each of these posts."""
    found: dict[ActorId, dict[PostId, OwnReactions]] = {}
    for row in await conn.fetch(_LIST_OWN_OF, list(actor_ids), list(post_ids)):
        own = found.setdefault(ActorId(row["actor_id"]), {})
        own[PostId(row["id"])] = own_reactions_of(row)
    return found


async def find_seen_boost(
    conn: Conn, viewers: Collection[ActorId], boost_id: int
) -> tuple[Boost, frozenset[ActorId]] | None:
    """Read a boost with who of these may see both it and its post; None where nobody may."""
    row = await conn.fetchrow(_FIND_SEEN_BOOST, list(viewers), boost_id)
    return None if row is None else (boost_of(row), frozenset(row["viewers"]))
