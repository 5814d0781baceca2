"""Rows of ``policy_lists``, what stands in them, and what holds for all. SQL lives here only."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg
import msgspec

from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import Domain
from fedinet.kernel.uris import origin_of
from fedinet.policy.lists.document import ListDocument, ListsDocument
from fedinet.policy.lists.formats import Entry, Severity

_COLUMNS = """name, document, created_by, created_at, version, due_at, asked_at, read_at,
              changed_at, etag, last_modified, format, entries, unread, error, error_values, jump"""
_ENTRY = "list, domain, severity, reject_media, reject_reports, comment, obfuscate, labels, since"

_FOLLOWED_ORIGINS: Final = """
    SELECT DISTINCT a.origin
      FROM follows f
      JOIN actors me ON me.id = f.follower_id AND me.is_local
      JOIN actors a ON a.id = f.target_id AND NOT a.is_local
"""

_ALL = query("policy.all_lists", f"SELECT {_COLUMNS} FROM policy_lists ORDER BY name LIMIT 1000")
_FIND = query("policy.find_list", f"SELECT {_COLUMNS} FROM policy_lists WHERE name = $1")
_LOCK = query("policy.lock_list", f"SELECT {_COLUMNS} FROM policy_lists WHERE name = $1 FOR UPDATE")

_PUT = query(
    "policy.put_list",
    """
    INSERT INTO policy_lists (name, document, created_by, version)
    VALUES ($1, $2::jsonb, $3, $4)
        ON CONFLICT (name) DO UPDATE
       SET document = excluded.document, version = excluded.version, due_at = now(),
           etag = '', last_modified = '', jump = NULL, error = '',
           read_at = CASE WHEN policy_lists.document ->> 'url' = excluded.document ->> 'url'
                          THEN policy_lists.read_at END
""",
)
_REMOVE = query("policy.remove_list", "DELETE FROM policy_lists WHERE name = $1")

_DUE = query(
    "policy.claim_due_lists",
    """
    UPDATE policy_lists
       SET due_at = $1 + interval '1 hour'
     WHERE due_at <= $1
    RETURNING name
""",
)

_NOTE = query(
    "policy.note_list_asked",
    """
    UPDATE policy_lists
       SET asked_at = $2, due_at = $3, error = $4, error_values = $5::jsonb, jump = $6::jsonb,
           read_at = CASE WHEN $7 THEN $2 ELSE read_at END
     WHERE name = $1
""",
)

_NOTE_READ = query(
    "policy.note_list_read",
    """
    UPDATE policy_lists
       SET etag = $2, last_modified = $3, format = $4, entries = $5, unread = $6,
           changed_at = CASE WHEN $8 THEN $7 ELSE changed_at END
     WHERE name = $1
""",
)

_ENTRIES_OF = query(
    "policy.list_entries_of",
    f"SELECT {_ENTRY}, declined_at FROM policy_list_entries WHERE list = ANY ($1::text[])",
)

NAMING: Final = f"""
    SELECT {_ENTRY}, declined_at
      FROM policy_list_entries
     WHERE domain = ANY ({{}}::text[])
     ORDER BY domain, list
     LIMIT 20000
"""
"""A statement, or a part of one: ``listed_of_json`` reads its rows."""
_NAMING = query("policy.list_entries_naming", NAMING.format("$1"))

_DELETE_ENTRIES = query(
    "policy.delete_entries",
    "DELETE FROM policy_list_entries WHERE list = $1 AND domain = ANY ($2::text[])",
)

_PUT_ENTRIES = query(
    "policy.put_entries",
    """
    INSERT INTO policy_list_entries
        (list, domain, severity, reject_media, reject_reports, comment, obfuscate, labels)
    SELECT $1, put.domain, put.severity, put.reject_media, put.reject_reports, put.comment,
           put.obfuscate, ARRAY(SELECT jsonb_array_elements_text(put.labels::jsonb))
      FROM unnest($2::text[], $3::smallint[], $4::boolean[], $5::boolean[], $6::text[],
                  $7::boolean[], $8::text[])
           AS put (domain, severity, reject_media, reject_reports, comment, obfuscate, labels)
        ON CONFLICT (list, domain) DO UPDATE
       SET severity = excluded.severity, reject_media = excluded.reject_media,
           reject_reports = excluded.reject_reports, comment = excluded.comment,
           obfuscate = excluded.obfuscate, labels = excluded.labels
""",
)

_DECLINE = query(
    "policy.decline_entries",
    """
    UPDATE policy_list_entries
       SET declined_at = $3
     WHERE list = $1 AND domain = ANY ($2::text[])
""",
)

_READ_TOGETHER = query("policy.read_together", "SELECT document FROM policy_lists_together")
_READ_GROUND = query(
    "policy.read_ground",
    f"SELECT document, ARRAY({_FOLLOWED_ORIGINS}) AS origins FROM policy_lists_together",
)
_SET_TOGETHER = query(
    "policy.set_together", "UPDATE policy_lists_together SET document = $1::jsonb"
)

_FOLLOWED = query("policy.list_followed_origins", _FOLLOWED_ORIGINS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """What a list has become too much at once; it is taken as it is only by a steward's word.

    ``digest``: of the bytes that were looked at.
    """

    before: int
    after: int
    added: int
    removed: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredList:
    """A subscription, and how reading it went the last time.

    ``error``: an English sentence to be translated, with its values; empty where all is well.
    """

    document: ListDocument
    created_by: str
    created_at: datetime
    version: int
    due_at: datetime
    asked_at: datetime | None
    read_at: datetime | None
    changed_at: datetime | None
    etag: str
    last_modified: str
    format: str
    entries: int
    unread: int
    error: str
    error_values: Mapping[str, object]
    jump: Jump | None

    @property
    def name(self) -> str:
        return self.document.name


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry, the list in which it stands, since when, and whether a steward declined it."""

    list: str
    entry: Entry
    since: datetime
    is_declined: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How asking for a list went. ``is_read``: it answered as it should, changed or not."""

    at: datetime
    due_at: datetime
    error: str = ""
    error_values: Mapping[str, object] | None = None
    jump: Jump | None = None
    is_read: bool = False


async def all_lists(conn: Conn) -> list[StoredList]:
    """Read every subscription, by name: there are few."""
    return [_stored(row) for row in await conn.fetch(_ALL)]


async def find_list(conn: Conn, name: str) -> StoredList | None:
    row = await conn.fetchrow(_FIND, name)
    return None if row is None else _stored(row)


async def lock_list(tx: Tx, name: str) -> StoredList | None:
    """Read one and hold its row: whoever reads the list anew queues here."""
    row = await tx.fetchrow(_LOCK, name)
    return None if row is None else _stored(row)


async def put_list(tx: Tx, document: ListDocument, *, by: str, version: int) -> None:
    """Write a subscription, new or changed; it is read again soon, whole.

    Another address is another list: what it says first becomes drafts again.
    """
    await tx.execute(_PUT, document.name, msgspec.json.encode(document).decode(), by, version)


async def remove_list(tx: Tx, name: str) -> None:
    """Forget a subscription and what stood in the list."""
    await tx.execute(_REMOVE, name)


async def claim_due(tx: Tx, now: datetime) -> list[str]:
    """Take the lists whose time has come; each is due again in an hour unless it is read."""
    return [row["name"] for row in await tx.fetch(_DUE, now)]


async def note_asked(tx: Tx, name: str, asked: Asked) -> None:
    values = msgspec.json.encode(asked.error_values or {}).decode()
    jump = None if asked.jump is None else msgspec.json.encode(asked.jump).decode()
    await tx.execute(_NOTE, name, asked.at, asked.due_at, asked.error, values, jump, asked.is_read)


async def note_read(
    tx: Tx,
    name: str,
    *,
    at: datetime,
    etag: str,
    last_modified: str,
    kind: str,
    entries: int,
    unread: int,
    is_changed: bool,
) -> None:
    await tx.execute(_NOTE_READ, name, etag, last_modified, kind, entries, unread, at, is_changed)


async def entries_of(conn: Conn, name: str) -> list[Listed]:
    """Read a whole list: at most ``MAX_ENTRIES``."""
    return (await entries_of_all(conn, [name]))[name]


async def entries_of_all(conn: Conn, names: Collection[str]) -> dict[str, list[Listed]]:
    """Read whole lists, each of at most ``MAX_ENTRIES``, by name."""
    found: dict[str, list[Listed]] = {name: [] for name in names}
    for row in await conn.fetch(_ENTRIES_OF, list(names)) if names else ():
        one = _listed(row)
        found[one.list].append(one)
    return found


async def entries_naming(conn: Conn, domains: Collection[Domain]) -> list[Listed]:
    """List who names these domains, exactly as they are spelt here; at most 20,000."""
    return [_listed(row) for row in await conn.fetch(_NAMING, list(domains))]


async def put_entries(tx: Tx, name: str, entries: Iterable[Entry]) -> None:
    """Write entries, new or changed. What a steward declined stays so."""
    some = list(entries)
    await tx.execute(
        _PUT_ENTRIES,
        name,
        [one.domain for one in some],
        [int(one.severity) for one in some],
        [one.reject_media for one in some],
        [one.reject_reports for one in some],
        [one.public_comment for one in some],
        [one.obfuscate for one in some],
        [msgspec.json.encode(one.labels).decode() for one in some],
    )


async def delete_entries(tx: Tx, name: str, domains: Collection[Domain]) -> None:
    await tx.execute(_DELETE_ENTRIES, name, list(domains))


async def decline(tx: Tx, name: str, domains: Collection[Domain], *, at: datetime | None) -> None:
    """Write down that stewards do not want a list's rules about these; None: they may come."""
    await tx.execute(_DECLINE, name, list(domains), at)


async def read_together(conn: Conn) -> ListsDocument:
    """Read what holds for all lists."""
    return msgspec.json.decode(await conn.fetchval(_READ_TOGETHER), type=ListsDocument)


async def read_ground(conn: Conn) -> tuple[ListsDocument, frozenset[Domain]]:
    """What holds for all lists, and the servers where members follow somebody, or asked to."""
    row = await conn.fetchrow(_READ_GROUND)
    assert row is not None  # noqa: S101  # the migration made it
    followed = frozenset(origin_of(origin).domain for origin in row["origins"])
    return msgspec.json.decode(row["document"], type=ListsDocument), followed


async def set_together(tx: Tx, document: ListsDocument) -> None:
    await tx.execute(_SET_TOGETHER, msgspec.json.encode(document).decode())


async def followed_domains(conn: Conn) -> frozenset[Domain]:
    """List the servers where members follow somebody, or asked to."""
    return frozenset(origin_of(row["origin"]).domain for row in await conn.fetch(_FOLLOWED))


def _stored(row: asyncpg.Record) -> StoredList:
    jump = row["jump"]
    return StoredList(
        document=msgspec.json.decode(row["document"], type=ListDocument),
        created_by=row["created_by"],
        created_at=row["created_at"],
        version=row["version"],
        due_at=row["due_at"],
        asked_at=row["asked_at"],
        read_at=row["read_at"],
        changed_at=row["changed_at"],
        etag=row["etag"],
        last_modified=row["last_modified"],
        format=row["format"],
        entries=row["entries"],
        unread=row["unread"],
        error=row["error"],
        error_values=msgspec.json.decode(row["error_values"], type=dict[str, object]),
        jump=None if jump is None else msgspec.json.decode(jump, type=Jump),
    )


def listed_of_json(raw: str) -> list[Listed]:
    """Read rows that came as JSON."""
    rows = msgspec.json.decode(raw, type=list[dict[str, Any]])
    return [_listed({**row, "since": datetime.fromisoformat(row["since"])}) for row in rows]


def _listed(row: Mapping[str, Any] | asyncpg.Record) -> Listed:
    return Listed(
        list=row["list"],
        entry=Entry(
            domain=Domain(row["domain"]),
            severity=Severity(row["severity"]),
            reject_media=row["reject_media"],
            reject_reports=row["reject_reports"],
            public_comment=row["comment"],
            obfuscate=row["obfuscate"],
            labels=tuple(row["labels"]),
        ),
        since=row["since"],
        is_declined=row["declined_at"] is not None,
    )


def by_domain(listed: Sequence[Listed]) -> Mapping[Domain, Entry]:
    return {one.entry.domain: one.entry for one in listed}
