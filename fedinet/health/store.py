"""Rows of ``daily_counts``, and what the charts read besides. SQL lives here only."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeAlias

import msgspec

from fedinet.db.query import Conn, Tx, query
from fedinet.desk.stewards import STEWARDS
from fedinet.health.findings import COPY, FILES, STORAGE, inbound_kind
from fedinet.health.troubles import Trouble
from fedinet.inbox.lanes import WORKERS
from fedinet.net.clocks import Apart

ByDay: TypeAlias = Mapping[tuple[date, str], int]
Counts: TypeAlias = Mapping[str, ByDay]

KEPT: Final = timedelta(days=400)

_LIST = query(
    "health.list_counts",
    """
    SELECT what, day, kind, number FROM daily_counts WHERE what = ANY ($2::text[]) AND day >= $1
     UNION ALL
    SELECT 'deliveries', day, outcome, number FROM delivery_counts
     WHERE day >= $1 AND 'deliveries' = ANY ($2::text[])
""",
)

# What was done in the future was done while the clock was wrong, and counts not.
_TIMES = query(
    "health.find_times",
    f"""
    SELECT set_up_at, clock_timestamp() AS now, {WORKERS} AS workers,
           (SELECT started_at FROM backup_runs
             WHERE kind = 'make' AND ended_at IS NOT NULL AND outcome = 'done'
               AND ended_at <= now()
             ORDER BY ended_at DESC LIMIT 1) AS made_at,
           (SELECT jsonb_object_agg(what, since) FROM troubles) AS troubles,
           coalesce(c.apart_s, 0) AS apart_s, coalesce(c.servers, 0) AS peers,
           cardinality({STEWARDS}) < 2 AND (SELECT count(*) > 1 FROM (
            SELECT FROM accounts WHERE disabled_at IS NULL LIMIT 2) AS m) AS lacks_steward
      FROM node
      LEFT JOIN clock_reading c
        ON c.read_at BETWEEN now() - interval '5 minutes' AND now() + interval '10 seconds'
""",
)

_FIND_SILENT = query(
    "health.find_silent",
    """
    SELECT coalesce((SELECT CASE WHEN count(*) = 1 THEN min(domain) END FROM allies
                      WHERE our_until > now() AND trouble = 'unreachable'), '') AS ally,
           (SELECT max(checked_at) FROM allies
             WHERE our_until > now() AND trouble = 'unreachable') AS ally_answered_at,
           coalesce((SELECT CASE WHEN count(*) = 1 THEN min(host) END FROM outbound_hosts
                      WHERE failures > 0 AND dead_at IS NULL), '') AS host,
           (SELECT min(failing_since) FROM outbound_hosts
             WHERE failures > 0 AND dead_at IS NULL) AS host_failing_since
""",
)

_NOTE_CLOCK = query(
    "health.note_clock",
    """
    INSERT INTO clock_reading AS c (apart_s, servers, read_at) VALUES ($1, $2, now())
        ON CONFLICT (is_one) DO UPDATE
       SET apart_s = excluded.apart_s, servers = excluded.servers, read_at = excluded.read_at
""",
)

_NOTE_TROUBLES = query(
    "health.note_troubles",
    """
    WITH over AS (DELETE FROM troubles WHERE what = ANY ($2::text[]))
    INSERT INTO troubles (what) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING
""",
)

_COUNT_INBOUND = query(
    "health.count_inbound",
    """
    SELECT outcome, reason, count(*) AS number
      FROM inbound_log
     WHERE received_at >= $1 AND received_at < $1 + interval '1 day'
     GROUP BY outcome, reason
""",
)

_COUNT_ACTIVE = query(
    "health.count_active",
    """
    SELECT count(*)
      FROM accounts a
     WHERE a.disabled_at IS NULL
       AND (EXISTS (SELECT FROM sessions s WHERE s.account_id = a.id AND s.last_used_at >= $1)
            OR EXISTS (SELECT FROM access_tokens t
                        WHERE t.account_id = a.id AND t.last_used_at >= $1))
""",
)

_MEASURE = query(
    "health.measure_storage",
    """
    SELECT CASE purpose WHEN 'attachment' THEN 'attachment' ELSE 'faces' END AS kind,
           sum(bytes)::bigint AS number
      FROM media GROUP BY 1
     UNION ALL
    SELECT 'elsewhere', coalesce(sum(bytes), 0)::bigint FROM remote_media
     UNION ALL
    SELECT 'database', pg_database_size(current_database())
""",
)

_MEASURE_FILES = query(
    "health.measure_files",
    f"""
    SELECT CASE WHEN purpose <> 'attachment' THEN 'faces'
                WHEN post_id IS NULL AND scheduled_id IS NULL THEN 'unpublished'
                ELSE split_part(media_type, '/', 1) END AS kind,
           count(*) AS number, sum(bytes)::bigint AS bytes
      FROM media GROUP BY 1
     UNION ALL
    SELECT '{COPY}' || split_part(media_type, '/', 1), count(*), sum(bytes)::bigint
      FROM remote_media WHERE state = 'here' GROUP BY 1
""",  # a constant
)

_SET = query(
    "health.set_count",
    """
    INSERT INTO daily_counts AS d (what, day, kind, number)
    SELECT $1, $2, kind, number FROM unnest($3::text[], $4::bigint[]) AS counted (kind, number)
        ON CONFLICT (what, day, kind) DO UPDATE
       SET number = CASE WHEN $1 IN ('storage', 'files', 'file_bytes') THEN excluded.number
                         ELSE greatest(d.number, excluded.number) END
""",
)

_FORGET = query("health.forget_counts", "DELETE FROM daily_counts WHERE day < $1")


async def list_counts(conn: Conn, since: date, wanted: Sequence[str]) -> Counts:
    """Counts since a day: by what is counted, then by (day, kind)."""
    found: dict[str, dict[tuple[date, str], int]] = {}
    for row in await conn.fetch(_LIST, since, wanted):
        found.setdefault(row["what"], {})[row["day"], row["kind"]] = row["number"]
    return found


@dataclass(frozen=True, slots=True)
class Times:
    """As the database knows them. ``made_at``: when the last backup was begun. ``apart_s``: how far
    our clock is ahead of those of so many ``peers``; none told the time in the last minutes: 0.
    ``lacks_steward``: one alone can act, and there are members of whom one could be named.
    ``troubles``: since when a worker has found each ``Trouble``.
    """

    set_up_at: datetime | None
    now: datetime
    workers: int
    made_at: datetime | None
    apart_s: int
    peers: int
    lacks_steward: bool
    troubles: Mapping[str, datetime]


async def find_times(conn: Conn) -> Times:
    row = await conn.fetchrow(_TIMES)
    assert row is not None  # noqa: S101  # the node's row is made when it first starts
    return Times(
        set_up_at=row["set_up_at"],
        now=row["now"],
        workers=row["workers"],
        made_at=row["made_at"],
        apart_s=row["apart_s"],
        peers=row["peers"],
        lacks_steward=row["lacks_steward"],
        troubles=msgspec.json.decode(row["troubles"] or "{}", type=dict[str, datetime]),
    )


@dataclass(frozen=True, slots=True)
class Silent:
    """The one ally that does not answer, and the one server that takes nothing.

    ``""``: none, or several.
    """

    ally: str = ""
    ally_answered_at: datetime | None = None
    host: str = ""
    host_failing_since: datetime | None = None


async def find_silent(conn: Conn) -> Silent:
    row = await conn.fetchrow(_FIND_SILENT)
    assert row is not None  # noqa: S101  # a SELECT without FROM has one row
    return Silent(**row)


async def note_troubles(tx: Tx, found: Mapping[Trouble, bool]) -> None:
    """Remember since when each is so. What was not looked at stays as it is remembered."""
    wrong = [what.value for what, is_so in found.items() if is_so]
    await tx.execute(_NOTE_TROUBLES, wrong, [what for what in found if what not in wrong])


async def note_clock(tx: Tx, apart: Apart) -> None:
    await tx.execute(_NOTE_CLOCK, apart.seconds, apart.servers)


async def count_inbound(tx: Tx, day: datetime) -> None:
    """Count what came in from this moment to a day later. Again: the larger number stays."""
    counted: Counter[str] = Counter()
    for row in await tx.fetch(_COUNT_INBOUND, day):
        counted[inbound_kind(row["outcome"], row["reason"])] += row["number"]
    await _set(tx, "inbound", day.date(), counted)


async def count_active(tx: Tx, monday: datetime) -> None:
    """Count the members who were here since then: how many, and not who."""
    number = int(await tx.fetchval(_COUNT_ACTIVE, monday))
    await _set(tx, "active", monday.date(), {"": number})


async def measure_storage(tx: Tx, day: date) -> None:
    """Measure what lies here now, and count the files by kind; a kind without any is 0."""
    rows = await tx.fetch(_MEASURE)
    space = {row["kind"]: row["number"] for row in rows}
    await _set(tx, "storage", day, {kind: space.get(kind, 0) for kind in STORAGE})
    rows = await tx.fetch(_MEASURE_FILES)
    for what, column in (("files", "number"), ("file_bytes", "bytes")):
        found = {row["kind"]: row[column] for row in rows}
        await _set(tx, what, day, {kind: found.get(kind, 0) for kind in FILES})


async def forget_counts(tx: Tx, before: date) -> None:
    await tx.execute(_FORGET, before)


async def _set(tx: Tx, what: str, day: date, counted: Mapping[str, int]) -> None:
    await tx.execute(_SET, what, day, list(counted), list(counted.values()))
