"""Rows of ``policy_alerts``: what looked like a flood, until it is over. SQL lives here only.

An alert is raised once an hour at most for each kind and subject. It ends an
hour after it was last so, or when a steward says that it was seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg
import msgspec

from fedinet.db.query import Conn, Tx, query
from fedinet.policy.floods.detectors import Alarm
from fedinet.policy.model import AlertKind
from fedinet.policy.store import POLICY_CHANNEL

QUIET: Final = timedelta(hours=1)
"""So long must it be quiet before an alert ends, and between two of one kind and subject."""
KEPT: Final = timedelta(days=90)
MAX_OPEN: Final = 200
"""More alerts at once would tell nobody anything: a bomb of domains cannot fill the table."""
_COLUMNS: Final = """id, kind, subject, raised_at, seen_at, ended_at, ended_by, count, sources,
              examples"""

_RAISE = query(
    "policy.raise_alerts",
    """
    INSERT INTO policy_alerts (kind, subject, raised_at, seen_at, count, sources, examples)
    SELECT a.kind, a.subject, $1, $1, a.count, a.sources,
           ARRAY(SELECT jsonb_array_elements_text(a.examples::jsonb))
      FROM unnest($2::text[], $3::text[], $4::integer[], $5::integer[], $6::text[])
           AS a (kind, subject, count, sources, examples)
     WHERE NOT EXISTS (
            SELECT FROM policy_alerts recent
             WHERE recent.kind = a.kind AND recent.subject = a.subject
               AND recent.ended_at IS NOT NULL AND recent.raised_at > $7)
       AND (SELECT count(*) FROM policy_alerts WHERE ended_at IS NULL) < $8
     ORDER BY a.kind, a.subject
        ON CONFLICT (kind, subject) WHERE ended_at IS NULL DO UPDATE
       SET seen_at = excluded.seen_at, count = greatest(policy_alerts.count, excluded.count),
           sources = greatest(policy_alerts.sources, excluded.sources)
    RETURNING id, kind, subject, raised_at, seen_at, ended_at, ended_by, count, sources,
              examples
""",
)

_END_QUIET = query(
    "policy.end_quiet_alerts",
    """
    UPDATE policy_alerts
       SET ended_at = $1
     WHERE ended_at IS NULL AND seen_at < $2
    RETURNING id, kind, subject, raised_at, seen_at, ended_at, ended_by, count, sources,
              examples
""",
)

_END = query(
    "policy.end_alert",
    """
    UPDATE policy_alerts
       SET ended_at = $2, ended_by = $3
     WHERE id = $1 AND ended_at IS NULL
    RETURNING id, kind, subject, raised_at, seen_at, ended_at, ended_by, count, sources,
              examples
""",
)

_OPEN = query(
    "policy.list_open_alerts",
    f"SELECT {_COLUMNS} FROM policy_alerts WHERE ended_at IS NULL ORDER BY raised_at DESC LIMIT $1",
)

_LIST = query(
    "policy.list_alerts",
    f"""
    SELECT {_COLUMNS}
      FROM policy_alerts
     WHERE ($1::bigint IS NULL OR id < $1)
     ORDER BY id DESC
     LIMIT $2
""",
)

_FIND = query("policy.find_alert", f"SELECT {_COLUMNS} FROM policy_alerts WHERE id = $1")

_PRUNE = query("policy.prune_alerts", "DELETE FROM policy_alerts WHERE ended_at < $1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alarm as stewards see it. ``ended_by``: who put it away; empty: it ended by itself."""

    id: int
    kind: AlertKind
    subject: str
    raised_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    ended_by: str
    count: int
    sources: int
    examples: tuple[str, ...]


async def raise_alerts(tx: Tx, alarms: Sequence[Alarm], now: datetime) -> list[Alert]:
    """Open an alert for each alarm, or say of an open one that it is still so.

    Every process knows of it on commit. Returns those that are new.
    """
    if not alarms:
        return []
    rows = await tx.fetch(
        _RAISE,
        now,
        [alarm.kind.value for alarm in alarms],
        [alarm.subject for alarm in alarms],
        [alarm.count for alarm in alarms],
        [alarm.sources for alarm in alarms],
        [_json(alarm.examples) for alarm in alarms],
        now - QUIET,
        MAX_OPEN,
    )
    new = [_alert(row) for row in rows if row["raised_at"] == now]
    if new:
        await tx.execute("SELECT pg_notify($1, '')", POLICY_CHANNEL)
    return new


async def end_quiet_alerts(tx: Tx, now: datetime) -> list[Alert]:
    """End alerts that were not so for an hour, and forget old ones. Returns those that ended."""
    await tx.execute(_PRUNE, now - KEPT)
    return [_alert(row) for row in await tx.fetch(_END_QUIET, now, now - QUIET)]


async def end_alert(tx: Tx, alert_id: int, *, by: str, now: datetime) -> Alert | None:
    """Put an alert away, at a steward's word. None: it is over already, or there is none."""
    row = await tx.fetchrow(_END, alert_id, now, by)
    return None if row is None else _alert(row)


async def list_open_alerts(conn: Conn) -> Sequence[Alert]:
    """List what is going on now, the newest first."""
    return [_alert(row) for row in await conn.fetch(_OPEN, MAX_OPEN)]


async def list_alerts(conn: Conn, *, before: int | None = None, limit: int = 50) -> Sequence[Alert]:
    """List all of the last 90 days, the newest first."""
    return [_alert(row) for row in await conn.fetch(_LIST, before, limit)]


async def find_alert(conn: Conn, alert_id: int) -> Alert | None:
    row = await conn.fetchrow(_FIND, alert_id)
    return None if row is None else _alert(row)


def _json(examples: Sequence[str]) -> str:
    return msgspec.json.encode(examples).decode()


def _alert(row: asyncpg.Record) -> Alert:
    return Alert(
        id=row["id"],
        kind=AlertKind(row["kind"]),
        subject=row["subject"],
        raised_at=row["raised_at"],
        seen_at=row["seen_at"],
        ended_at=row["ended_at"],
        ended_by=row["ended_by"],
        count=row["count"],
        sources=row["sources"],
        examples=tuple(row["examples"]),
    )
