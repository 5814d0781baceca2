"""What we know of one server, and notes of stewards about it. SQL lives here only.

Owns ``policy_notes``; reads the pipelines, and follows that are put aside.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import msgspec

from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import Domain

DAYS: Final = 7
"""How far back traffic is counted."""
_PEOPLE: Final = 1000
_REFUSED: Final = "refused"
_BECAME: Final = ("delivered", "postponed", "given_up")

_COLUMNS = """domain, first_seen_at, met_at, met_why, software, version, accounts, asked_at,
              last_error"""

_LIST = query(
    "policy.list_servers",
    f"""
    SELECT {_COLUMNS}
      FROM policy_servers
     WHERE ($1::timestamptz IS NULL OR (first_seen_at, domain) < ($1, $2))
     ORDER BY first_seen_at DESC, domain DESC
     LIMIT $3
""",
)

_FIND = query("policy.find_server", f"SELECT {_COLUMNS} FROM policy_servers WHERE domain = $1")

_CAME_IN: Final = f"""
    SELECT (l.received_at AT TIME ZONE 'UTC')::date AS day, l.outcome, count(*)::integer AS count
      FROM (SELECT uri FROM actors WHERE origin = $2 ORDER BY origin, id LIMIT {_PEOPLE}) AS a
      JOIN inbound_log l ON l.actor_uri = a.uri
       AND l.received_at > now() - make_interval(days => {DAYS})
     GROUP BY 1, 2
     UNION ALL
    SELECT day, '{_REFUSED}', sum(count)::integer
      FROM inbound_refusals
     WHERE host = $1 AND day > current_date - {DAYS}
     GROUP BY day
"""

_TRAFFIC = query(
    "policy.traffic_of_server",
    f"""
    SELECT (SELECT coalesce(json_agg(json_build_array(day, outcome, count)), '[]')
              FROM ({_CAME_IN}) AS c) AS by_day,
           (SELECT coalesce(json_agg(json_build_array(day, delivered, postponed, given_up)), '[]')
              FROM host_counts WHERE host = $1 AND day >= current_date - {DAYS}) AS went_out,
           (SELECT count(*)::integer FROM deliveries WHERE host = $1) AS waiting,
           (SELECT count(*)::integer FROM dead_letters
             WHERE host = $1 AND buried_at > now() - make_interval(days => {DAYS})) AS lost,
           (SELECT count(*)::integer FROM inbound_held WHERE domain = $1) AS held,
           (SELECT count(*)::integer FROM frozen_follows WHERE origin = $2) AS frozen,
           (SELECT last_success_at FROM outbound_hosts WHERE host = $1) AS last_sent_at,
           (SELECT coalesce(last_error, '') FROM outbound_hosts WHERE host = $1) AS sending_error
""",
)

_NOTES = query(
    "policy.list_notes",
    """
    SELECT id, author, text, to_timestamp((id >> 16) / 1000.0) AS written_at
      FROM policy_notes
     WHERE domain = $1
     ORDER BY id DESC
     LIMIT 100
""",
)

_ADD_NOTE = query(
    "policy.insert_note", "INSERT INTO policy_notes (domain, author, text) VALUES ($1, $2, $3)"
)

_DELETE_NOTE = query("policy.delete_note", "DELETE FROM policy_notes WHERE id = $1 AND domain = $2")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRow:
    """A row of ``policy_servers``, as stewards see it."""

    domain: Domain
    first_seen_at: datetime
    met_at: datetime | None
    met_why: str
    software: str
    version: str
    accounts: int | None
    asked_at: datetime | None
    last_error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What went to and fro in the last days, and what waits now."""

    by_day: Mapping[tuple[date, str], int]
    """What came in, by day and outcome: applied, dropped, held, failed, or refused at the door."""
    went_out: Mapping[tuple[date, str], int]
    """What became of attempts, by day: delivered, postponed or given_up."""
    waiting: int
    lost: int
    held: int
    frozen: int
    last_sent_at: datetime | None
    sending_error: str | None

    @property
    def came_in(self) -> Mapping[str, int]:
        """By outcome."""
        found: Counter[str] = Counter()
        for (_, outcome), count in self.by_day.items():
            found[outcome] += count
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    id: int
    author: str
    text: str
    written_at: datetime


async def list_servers(
    conn: Conn, *, before: tuple[datetime, str] | None, limit: int
) -> Sequence[ServerRow]:
    """List the servers that we know, newest first; ``before``: the last of the page before."""
    seen, domain = before or (None, "")
    return [ServerRow(**dict(row)) for row in await conn.fetch(_LIST, seen, domain, limit)]


async def find_server(conn: Conn, domain: Domain) -> ServerRow | None:
    row = await conn.fetchrow(_FIND, domain)
    return None if row is None else ServerRow(**dict(row))


async def traffic_of(conn: Conn, domain: Domain, *, scheme: str) -> Traffic:
    """Count the last 7 days. What came in is that of at most 1,000 people there."""
    row = await conn.fetchrow(_TRAFFIC, domain, f"{scheme}://{domain}")
    assert row is not None  # noqa: S101  # of a statement without FROM
    counts = msgspec.json.decode(row["by_day"], type=list[tuple[date, str, int]])
    facts = dict(row)
    facts["by_day"] = {(day, outcome): count for day, outcome, count in counts}
    attempts = msgspec.json.decode(row["went_out"], type=list[tuple[date, int, int, int]])
    facts["went_out"] = {
        (day, became): count
        for day, *counts in attempts
        for became, count in zip(_BECAME, counts, strict=True)
    }
    return Traffic(**facts)


async def list_notes(conn: Conn, domain: Domain) -> Sequence[Note]:
    return [Note(**dict(row)) for row in await conn.fetch(_NOTES, domain)]


async def insert_note(tx: Tx, domain: Domain, *, author: str, text: str) -> None:
    await tx.execute(_ADD_NOTE, domain, author, text)


async def delete_note(tx: Tx, note_id: int, domain: Domain) -> None:
    """Forget a note of this server. Idempotent."""
    await tx.execute(_DELETE_NOTE, note_id, domain)
