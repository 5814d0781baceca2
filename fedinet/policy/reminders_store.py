"""Rules in force whose date has come. SQL lives here only."""

from collections.abc import Sequence
from datetime import datetime

from fedinet.db.query import Conn, query

_FOR_REVIEW = query(
    "policy.list_for_review",
    """
    SELECT key, (document ->> 'review')::timestamptz AS at
      FROM policy_rules
     WHERE state = 'active' AND document ? 'review'
       AND (document ->> 'review')::timestamptz <= $1
     ORDER BY id
     LIMIT 500
""",
)

# A rule that was made for a few days only needs no reminder of it.
_ENDING = query(
    "policy.list_ending",
    """
    SELECT key, expires_at AS at
      FROM policy_rules
     WHERE state = 'active' AND expires_at > $1 AND expires_at <= $2
       AND changed_at < expires_at - interval '5 days'
     ORDER BY expires_at
     LIMIT 500
""",
)


async def list_for_review(conn: Conn, now: datetime) -> Sequence[tuple[str, datetime]]:
    """Keys of rules that stewards wanted to look at by now, and when."""
    return [(row["key"], row["at"]) for row in await conn.fetch(_FOR_REVIEW, now)]


async def list_ending(conn: Conn, now: datetime, until: datetime) -> Sequence[tuple[str, datetime]]:
    """Keys of rules that end by then, and when; not those of less than five days."""
    return [(row["key"], row["at"]) for row in await conn.fetch(_ENDING, now, until)]
