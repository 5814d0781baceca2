"""Counts over other slices' tables. SQL lives here only, and only reads."""

from datetime import datetime, timedelta
from typing import Final

from fedinet.db.query import Conn, Pool, query
from fedinet.discovery.nodeinfo import Usage

_MONTH: Final = timedelta(days=30)
_HALF_YEAR: Final = timedelta(days=180)

# A post that is not public is counted nowhere that the public can see.
_COUNT_USAGE = query(
    "discovery.count_usage",
    """
      WITH last_seen AS (
        SELECT a.id,
               greatest((SELECT max(s.last_used_at) FROM sessions s WHERE s.account_id = a.id),
                        (SELECT max(t.last_used_at) FROM access_tokens t
                          WHERE t.account_id = a.id)) AS at
          FROM accounts a
         WHERE a.disabled_at IS NULL
      )
    SELECT (SELECT count(*) FROM last_seen) AS members,
           (SELECT count(*) FROM last_seen WHERE at > $1) AS active_month,
           (SELECT count(*) FROM last_seen WHERE at > $2) AS active_half_year,
           (SELECT count(*) FROM posts
             WHERE is_local AND visibility IN ('everyone', 'quiet')) AS local_posts
""",
)


async def count_usage(conn: Conn | Pool, now: datetime) -> Usage:
    """Count members, who was here lately, and public posts. Takes longer as the node grows."""
    row = await conn.fetchrow(_COUNT_USAGE, now - _MONTH, now - _HALF_YEAR)
    if row is None:
        raise AssertionError("a query without FROM returns its row")
    return Usage(row["members"], row["active_month"], row["active_half_year"], row["local_posts"])
