"""What is counted about people, and the role of members. SQL lives here only.

Reads over posts, follows and accounts. How many follow somebody is for that person alone
(docs/architecture.md, "Meanings").
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId

_LIST = query(
    "accounts.list_figures",
    """
    SELECT asked.id,
           (SELECT count(*) FROM posts p
             WHERE p.author_id = asked.id AND p.visibility IN ('everyone', 'quiet')) AS posts,
           (SELECT p.id FROM posts p
             WHERE p.author_id = asked.id AND p.visibility IN ('everyone', 'quiet')
             ORDER BY p.id DESC LIMIT 1) AS last_post_id,
           (SELECT count(*) FROM follows f
             WHERE asked.id = $2 AND f.target_id = $2 AND f.state = 'accepted') AS followers,
           (SELECT count(*) FROM follows f
             WHERE asked.id = $2 AND f.follower_id = $2 AND f.state = 'accepted') AS following,
           (SELECT count(*) FROM follows f
             WHERE asked.id = $2 AND f.target_id = $2 AND f.state = 'pending') AS requests,
           (SELECT c.role FROM accounts c
             WHERE c.actor_id = asked.id AND c.disabled_at IS NULL) AS role
      FROM unnest($1::bigint[]) AS asked (id)
""",
)


@dataclass(frozen=True, slots=True)
class Figures:
    """``posts``: what a visitor could count. The three after it are 0 for all but the owner."""

    posts: int = 0
    last_post_on: date | None = None
    followers: int = 0
    following: int = 0
    requests: int = 0
    role: str = ""
    """Of a member; empty for everybody else."""


async def list_figures(
    conn: Conn, actor_ids: Iterable[ActorId], *, owner_id: ActorId | None
) -> dict[ActorId, Figures]:
    """Count for each actor; who follows is counted for ``owner_id`` alone."""
    rows = await conn.fetch(_LIST, list(set(actor_ids)), owner_id)
    return {
        ActorId(row["id"]): Figures(
            row["posts"],
            _day(row["last_post_id"]),
            row["followers"],
            row["following"],
            row["requests"],
            row["role"] or "",
        )
        for row in rows
    }


def _day(post_id: int | None) -> date | None:
    """Ids hold their time; see new_id() in schemas/sql."""
    return None if post_id is None else datetime.fromtimestamp((post_id >> 16) / 1000, UTC).date()
