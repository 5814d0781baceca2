"""Whether something changed since it was read: one cheap question for what is kept in memory.

Triggers write a row of ``changes`` for every change of what readers see (a post, an actor, an
owner), in its transaction. Who keeps an answer keeps the snapshot it was read under: the rows
that are visible now and were not then are exactly what came between, by whatever process.

Source: https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
"""

from typing import Final

from fedinet.db.query import Conn, Pool, query

EVERYTHING: Final = 0
"""The number that stands for all: every answer depends on it."""
_HOLDS: Final = """
        CASE WHEN :since::text IS NULL THEN true ELSE (SELECT count(*) < 1000
                AND count(*) FILTER (WHERE recent.about = ANY (:about::bigint[])) = 0
           FROM (SELECT changes.about
                   FROM changes
                  WHERE changes.at >= pg_snapshot_xmin(:since::text::pg_snapshot)
                    AND NOT pg_visible_in_snapshot(changes.at, :since::text::pg_snapshot)
                  ORDER BY changes.at
                  LIMIT 1000) AS recent) END"""


def still_holds(since: str, about: str) -> str:
    """Make the SQL expression: nothing of ``about`` changed since a snapshot, a minute old at most.

    ``since``, ``about``: expressions, a snapshot and numbers as text. NULL holds without a look: a
    plan from when the table was small reads all of it. Where a thousand other things changed, the
    answer is that these may have.
    """
    return _HOLDS.replace(":about", about).replace(":since", since)


SNAPSHOT: Final = "pg_current_snapshot()::text"
"""SQL expression that names what is visible now. Taken before the first read, it misses nothing."""

_TAKE = query("db.take_snapshot", "SELECT " + SNAPSHOT)

_FORGET = query(
    "db.forget_changes",
    """
    DELETE FROM changes
     WHERE at < pg_snapshot_xmax($1::text::pg_snapshot)
       AND pg_visible_in_snapshot(at, $1::text::pg_snapshot)
""",
)


async def take_snapshot(conn: Conn | Pool) -> str:
    return await conn.fetchval(_TAKE)


async def forget_changes(conn: Conn | Pool, before: str) -> None:
    """Take out what everybody sees who reads since that snapshot."""
    await conn.execute(_FORGET, before)
