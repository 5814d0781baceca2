"""Counts over other slices' tables. SQL lives here only, and only reads."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from fedinet.db.query import Conn, Pool, query
from fedinet.discovery.nodeinfo import Usage
from fedinet.discovery.weeks import WEEK, Week

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
             WHERE is_local AND visibility IN ('everyone', 'quiet')) AS local_posts,
           (SELECT count(*) FROM policy_servers
             WHERE heard_at IS NOT NULL OR met_at IS NOT NULL) AS servers
""",
)


_LIST_WEEKS = query(
    "discovery.list_weeks",
    """
    SELECT said.posts, said.people,
           (SELECT count(*) FROM accounts a
             WHERE a.created_at >= week.begins AND a.created_at < week.ends) AS joined
      FROM unnest($1::timestamptz[], $2::timestamptz[], $3::bigint[], $4::bigint[])
               WITH ORDINALITY AS week (begins, ends, first_id, end_id, number),
           LATERAL (SELECT count(*) AS posts, count(DISTINCT p.author_id) AS people
                      FROM posts p
                     WHERE p.is_local AND p.visibility IN ('everyone', 'quiet')
                       AND p.id >= week.first_id AND p.id < week.end_id) AS said
     ORDER BY week.number
""",
)


async def count_usage(conn: Conn | Pool, now: datetime) -> Usage:
    """Count members, who was here lately, public posts, and servers.

    Takes longer as the node grows.
    """
    row = await conn.fetchrow(_COUNT_USAGE, now - _MONTH, now - _HALF_YEAR)
    if row is None:
        raise AssertionError("a query without FROM returns its row")
    return Usage(
        members=row["members"],
        active_month=row["active_month"],
        active_half_year=row["active_half_year"],
        local_posts=row["local_posts"],
        servers=row["servers"],
    )


async def list_weeks(conn: Conn | Pool, begin: Sequence[datetime]) -> list[Week]:
    """Count what was public in each week, by ids, which hold their time (see new_id())."""
    ends = [moment + WEEK for moment in begin]
    rows = await conn.fetch(
        _LIST_WEEKS,
        list(begin),
        ends,
        [_first_id(at) for at in begin],
        [_first_id(at) for at in ends],
    )
    return [
        Week(begins=at, posts=row["posts"], people=row["people"], joined=row["joined"])
        for at, row in zip(begin, rows, strict=True)
    ]


def _first_id(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000 << 16
