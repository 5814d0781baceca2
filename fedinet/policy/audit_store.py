"""Rows of ``policy_audit``: who changed what, and why. Append-only, each tied to the one before.

A row's hash covers the hash of the row before it: whoever alters or removes one
afterwards breaks the chain (``check_chain``).
"""

import hashlib
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg
import msgspec

from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import Domain

FIRST: Final = b"\0" * 32
MEET: Final = "meet"
UNMEET: Final = "unmeet"
HOUSE: Final = "house"
"""What the community says of itself was written anew."""
OF_NO_RULE: Final = (MEET, UNMEET, HOUSE)
"""Actions that change no rule: the last change of the rules can still be undone."""

_COLUMNS = """id, at, by_whom, action, subject, domains, before::text, after::text, reason,
              policy_version, previous_hash, hash"""

_OF_RULES: Final = f"action NOT IN {OF_NO_RULE!r}"

_LAST_HASH = query(
    "policy.last_audit_hash", "SELECT hash FROM policy_audit ORDER BY id DESC LIMIT 1"
)

_INSERT = query(
    "policy.insert_audit",
    """
    INSERT INTO policy_audit (at, by_whom, action, subject, domains, before, after, reason,
                              policy_version, previous_hash, hash)
    SELECT $1, $2, added.action, added.subject,
           ARRAY(SELECT jsonb_array_elements_text(added.domains::jsonb)), added.before::jsonb,
           added.after::jsonb, $8, $9, added.previous_hash, added.hash
      FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $10::bytea[],
                  $11::bytea[])
           WITH ORDINALITY AS added (action, subject, domains, before, after, previous_hash,
                                     hash, place)
     ORDER BY added.place
""",
)

_WANTED = """
       AND ($2::text[] IS NULL OR domains && $2)
       AND ($3::text IS NULL OR subject = $3)
       AND ($4::text IS NULL OR by_whom = $4)
       AND ($5::text IS NULL OR action = $5)
       AND ($6::timestamptz IS NULL OR at >= $6)
       AND ($7::timestamptz IS NULL OR at < $7)
"""
_LIST = query(
    "policy.list_audit",
    f"SELECT {_COLUMNS} FROM policy_audit WHERE ($1::bigint IS NULL OR id < $1)"
    + _WANTED
    + " ORDER BY id DESC LIMIT $8",
)
_LIST_UP = query(
    "policy.list_audit_up",
    f"SELECT {_COLUMNS} FROM policy_audit WHERE id > $1" + _WANTED + " ORDER BY id LIMIT $8",
)

_NEWEST = query(
    "policy.newest_audit_versions",
    f"""
    SELECT subject, max(policy_version) AS version
      FROM policy_audit
     WHERE subject = ANY($1::text[]) AND {_OF_RULES}
     GROUP BY subject
""",
)

_LATER = query(
    "policy.list_later_audit",
    f"""
    SELECT {_COLUMNS}
      FROM policy_audit
     WHERE subject = ANY($1::text[]) AND policy_version > $2 AND {_OF_RULES}
     ORDER BY id
     LIMIT 1000
""",
)

_OF_VERSION = query(
    "policy.list_audit_of_version",
    f"""
    SELECT {_COLUMNS}
      FROM policy_audit
     WHERE policy_version = $1 AND {_OF_RULES}
     ORDER BY id
""",
)

_WALK = query(
    "policy.walk_audit",
    f"SELECT {_COLUMNS} FROM policy_audit WHERE id > $1 ORDER BY id LIMIT 1000",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change to be written down. ``before`` and ``after`` are JSON; None: there was nothing."""

    action: str
    subject: str
    domains: tuple[Domain, ...] = ()
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    id: int
    at: datetime
    by_whom: str
    change: Change
    reason: str
    policy_version: int
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which lines are wanted; None: any. ``until`` itself is left out."""

    domains: Sequence[Domain] | None = None
    subject: str | None = None
    by: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def values(self) -> tuple[object, ...]:
        wanted = None if self.domains is None else list(self.domains)
        return (wanted, self.subject, self.by, self.action, self.since, self.until)


EVERYTHING: Final = Filter()


async def write_down(
    tx: Tx, changes: Sequence[Change], *, at: datetime, by: str, reason: str, version: int
) -> None:
    """Append rows. The caller holds the policy's row, so that the chain has one order."""
    previous: bytes = await tx.fetchval(_LAST_HASH) or FIRST
    links: list[tuple[bytes, bytes]] = []
    for change in changes:
        made = _hash(previous, change, (at, by, reason, version))
        links.append((previous, made))
        previous = made
    await tx.execute(
        _INSERT,
        at,
        by,
        [change.action for change in changes],
        [change.subject for change in changes],
        [msgspec.json.encode(change.domains).decode() for change in changes],
        [change.before for change in changes],
        [change.after for change in changes],
        reason,
        version,
        [link[0] for link in links],
        [link[1] for link in links],
    )


async def list_audit(
    conn: Conn, wanted: Filter = EVERYTHING, *, before: int | None = None, limit: int = 50
) -> Sequence[AuditRow]:
    """List what was changed, newest first."""
    return [_row(row) for row in await conn.fetch(_LIST, before, *wanted.values, limit)]


async def list_audit_up(
    conn: Conn, wanted: Filter, *, after: int, limit: int
) -> Sequence[AuditRow]:
    """The same, oldest first."""
    return [_row(row) for row in await conn.fetch(_LIST_UP, after, *wanted.values, limit)]


async def newest_versions(conn: Conn, subjects: Iterable[str]) -> Mapping[str, int]:
    """The version that changed each of these last."""
    rows = await conn.fetch(_NEWEST, list(subjects))
    return {row["subject"]: row["version"] for row in rows}


async def list_later(conn: Conn, subjects: Iterable[str], version: int) -> Sequence[AuditRow]:
    """List what changed any of these after a version, oldest first."""
    return [_row(row) for row in await conn.fetch(_LATER, list(subjects), version)]


async def list_of_version(conn: Conn, version: int) -> Sequence[AuditRow]:
    """List what was changed of rules and mode together, in its order."""
    return [_row(row) for row in await conn.fetch(_OF_VERSION, version)]


async def walk_audit(conn: Conn) -> AsyncGenerator[AuditRow]:
    """Yield the whole audit, oldest first."""
    last = 0
    while rows := await conn.fetch(_WALK, last):
        for row in rows:
            yield _row(row)
        last = rows[-1]["id"]


async def check_chain(conn: Conn) -> int | None:
    """Walk the chain; the id of the first row that does not fit, None where all do."""
    previous = FIRST
    async for row in walk_audit(conn):
        made = _hash(previous, row.change, (row.at, row.by_whom, row.reason, row.policy_version))
        if row.previous_hash != previous or row.hash != made:
            return row.id
        previous = row.hash
    return None


def as_data(row: AuditRow) -> dict[str, object]:
    """A row as scripts read it, and as an export holds it."""
    return {
        "id": row.id,
        "at": row.at,
        "by": row.by_whom,
        "action": row.change.action,
        "subject": row.change.subject,
        "domains": list(row.change.domains),
        "before": row.change.before and msgspec.json.decode(row.change.before),
        "after": row.change.after and msgspec.json.decode(row.change.after),
        "reason": row.reason,
        "version": row.policy_version,
        "previous": row.previous_hash.hex(),
        "hash": row.hash.hex(),
    }


def _hash(previous: bytes, change: Change, made: tuple[datetime, str, str, int]) -> bytes:
    """Tie a row to the one before. ``made``: when, by whom, why, and which version it made."""
    at, by, reason, version = made
    said = [
        at.timestamp(),
        by,
        change.action,
        change.subject,
        change.domains,
        _canonical(change.before),
        _canonical(change.after),
        reason,
        version,
    ]
    return hashlib.sha256(previous + msgspec.json.encode(said, order="deterministic")).digest()


def _canonical(document: str | None) -> object:
    """As data, since jsonb keeps neither the order nor the blanks of what it was given."""
    return None if document is None else msgspec.json.decode(document)


def _row(row: asyncpg.Record) -> AuditRow:
    return AuditRow(
        id=row["id"],
        at=row["at"],
        by_whom=row["by_whom"],
        change=Change(
            action=row["action"],
            subject=row["subject"],
            domains=tuple(map(Domain, row["domains"])),
            before=row["before"],
            after=row["after"],
        ),
        reason=row["reason"],
        policy_version=row["policy_version"],
        previous_hash=row["previous_hash"],
        hash=row["hash"],
    )


def as_json(value: object) -> str:
    """What was, or is, as a line of the audit holds it."""
    return msgspec.json.encode(value).decode()
