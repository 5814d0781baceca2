"""Who talks with whom at servers that are about to be cut off. SQL lives here only.

Owns nothing; reads posts through the one gate, with the eyes of the steward who
asks. What they may not read is nowhere named: previews only count it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fedinet.audiences.gate import VISIBLE
from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import first_id_at
from fedinet.policy.impact.toll_store import FEW, TALKING

MOST_NAMED: Final = 25

_LIST = query(
    "federation.list_conversations",
    f"""
    WITH asked AS MATERIALIZED (
        SELECT id FROM actors WHERE origin = ANY ($3::text[]) AND NOT is_local
    ), {FEW}, threads AS MATERIALIZED (
        SELECT o.root_id
          FROM asked a JOIN posts o ON o.author_id = a.id AND o.id > $4
         WHERE (SELECT yes FROM few)
         UNION
        SELECT root_id
          FROM (SELECT root_id FROM posts WHERE is_local AND id > $4 ORDER BY id DESC LIMIT 2000)
               AS newest
         WHERE NOT (SELECT yes FROM few)
    ), talks AS MATERIALIZED (
        SELECT ours.id AS our_id, theirs.id AS their_id
          FROM threads t
         CROSS JOIN LATERAL (
            SELECT max(o.id) AS id
              FROM posts o
             WHERE o.root_id = t.root_id AND o.id > $4 AND o.is_local) AS ours
         CROSS JOIN LATERAL (
            SELECT max(o.id) AS id
              FROM posts o
             WHERE o.root_id = t.root_id AND o.id > $4
               AND o.author_id IN (SELECT id FROM asked)) AS theirs
         WHERE ours.id IS NOT NULL AND theirs.id IS NOT NULL
    )
    SELECT me.username, me.name, them.name AS with_name,
           them.username || '@' || them.domain AS with_handle,
           t.their_id > t.our_id AS is_waiting
      FROM talks t
      JOIN posts mine ON mine.id = t.our_id
      JOIN actors me ON me.id = mine.author_id
      JOIN posts other ON other.id = t.their_id
      JOIN actors them ON them.id = other.author_id
     WHERE EXISTS (SELECT FROM posts p WHERE p.id = t.our_id AND {VISIBLE})
       AND EXISTS (SELECT FROM posts p WHERE p.id = t.their_id AND {VISIBLE})
     ORDER BY greatest(t.our_id, t.their_id) DESC
     LIMIT $5
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A member and somebody elsewhere, each the last on their side to write in a thread.

    ``is_waiting``: the one elsewhere wrote last.
    """

    username: str
    name: str
    with_name: str
    with_handle: str
    is_waiting: bool


async def list_conversations(
    conn: Conn, viewer: Viewer, origins: Sequence[str], *, now: datetime
) -> Sequence[Conversation]:
    """Name open conversations with people at these servers that ``viewer`` may read, newest first.

    At most 25. With servers of whom much is stored, those among our 2,000 newest posts.
    """
    since = first_id_at(now - TALKING)
    rows = await conn.fetch(
        _LIST, viewer.actor_id, viewer.is_member, list(origins), since, MOST_NAMED
    )
    return [Conversation(**row) for row in rows]
