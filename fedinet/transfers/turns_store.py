"""Rows of ``import_turns``: of all members' imports one asks a server in a second.

Each has a second of its own, the next that is free when it asks for one; so whoever came first
holds up nobody for longer than one line. SQL lives here only.
"""

from collections.abc import Sequence
from datetime import datetime

from fedinet.db.query import Tx, query
from fedinet.transfers.model import Import

_LOCK = query(
    "transfers.lock_turns", "SELECT pg_advisory_xact_lock(hashtextextended('import turns', 0))"
)
_TAKE = query(
    "transfers.take_turns",
    """
      WITH free AS (
        SELECT w.server, greatest($3::timestamptz, max(o.ask_at) + interval '1 second') AS at
          FROM unnest($2::text[]) AS w (server)
          LEFT JOIN import_turns o ON o.server = w.server
         GROUP BY w.server),
           wanted AS (
        SELECT free.server, free.at AS free_at, coalesce(t.ask_at, free.at) AS ask_at
          FROM free
          LEFT JOIN import_turns t ON t.server = free.server AND t.import_id = $1),
           kept AS (
        INSERT INTO import_turns (server, import_id, ask_at)
        SELECT server, $1,
               CASE WHEN ask_at > $3 THEN ask_at
                    ELSE greatest(free_at, $3 + interval '1 second') END
          FROM wanted
            ON CONFLICT (server, import_id) DO UPDATE
           SET ask_at = excluded.ask_at)
    SELECT server FROM wanted WHERE ask_at <= $3
""",
)


async def take_turns(
    tx: Tx, one: Import, servers: Sequence[str], *, now: datetime
) -> frozenset[str]:
    """Say which of these servers this import may ask for one line now.

    Of the others it is given a second to come: it asks again until that is there.
    """
    await tx.execute(_LOCK)
    return frozenset(row["server"] for row in await tx.fetch(_TAKE, one.id, servers, now))
