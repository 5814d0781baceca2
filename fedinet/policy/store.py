"""Rows of ``policy`` and ``policy_rules``. SQL lives here only.

Whoever changes anything holds the one row of ``policy`` (``lock_policy``), so that
versions and the audit have one order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import asyncpg
import msgspec

from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import Domain
from fedinet.policy.document import RuleDocument
from fedinet.policy.model import Mode, RuleId

POLICY_CHANNEL = "fedinet_policy"
State = Literal["active", "draft"]

_READ = query("policy.read", "SELECT mode, version FROM policy")
_LOCK = query("policy.lock", "SELECT mode, version FROM policy FOR UPDATE")
_SET = query("policy.set", "UPDATE policy SET mode = $1, version = $2")

_CHANGED_SINCE = query(
    "policy.list_changed_since",
    """
    SELECT id, state, document
      FROM policy_rules
     WHERE version > $1 AND (state <> 'removed' OR $1 > 0)
""",
)

_COLUMNS = "id, key, state, document, created_by, created_at, changed_at, version"

_FIND = query(
    "policy.find_rule",
    f"SELECT {_COLUMNS} FROM policy_rules WHERE key = $1 AND state <> 'removed'",
)

_FIND_MANY = query(
    "policy.find_rules",
    f"SELECT {_COLUMNS} FROM policy_rules WHERE key = ANY ($1::text[]) AND state <> 'removed'",
)

_LIST = query(
    "policy.list_rules",
    f"""
    SELECT {_COLUMNS}
      FROM policy_rules
     WHERE state <> 'removed'
       AND ($1::text IS NULL OR source = $1)
       AND ($2::text IS NULL OR key > $2)
       AND ($4::text IS NULL OR state = $4)
       AND ($5::timestamptz IS NULL OR (state = 'active' AND expires_at <= $5))
       AND ($6::timestamptz IS NULL OR review_at <= $6)
     ORDER BY key
     LIMIT $3
""",
)

_LIST_PUBLIC = query(
    "policy.list_public_rules",
    f"""
    SELECT {_COLUMNS}
      FROM policy_rules
     WHERE state = 'active' AND domains <> '{{}}'
       AND document -> 'scopes' IS DISTINCT FROM '["signup"]'
       AND (expires_at IS NULL OR expires_at > now())
       AND ($1::bigint IS NULL OR id < $1)
     ORDER BY id DESC
     LIMIT $2
""",
)

_LIST_ABOUT = query(
    "policy.list_rules_about",
    f"""
    SELECT {_COLUMNS}
      FROM policy_rules
     WHERE state <> 'removed' AND domains && $1::text[]
     ORDER BY id
     LIMIT 1000
""",
)

_LIST_EXPIRED = query(
    "policy.list_expired",
    f"""
    SELECT {_COLUMNS}
      FROM policy_rules
     WHERE state = 'active' AND expires_at <= $1
     ORDER BY expires_at
     LIMIT 500
""",
)

_COUNT = query(
    "policy.count_rules",
    """
    SELECT count(*) FILTER (WHERE state = 'active') AS active,
           count(*) FILTER (WHERE state = 'draft') AS drafts
      FROM policy_rules
     WHERE state <> 'removed'
""",
)

_COUNT_DRAFTS = query(
    "policy.count_drafts",
    """
    SELECT source, count(*)::integer AS drafts
      FROM policy_rules
     WHERE state = 'draft'
     GROUP BY source
     ORDER BY source
     LIMIT 100
""",
)

_PUT = query(
    "policy.put_rules",
    """
    INSERT INTO policy_rules
        (key, document, domains, source, state, created_by, expires_at, version, review_at)
    SELECT put.key, put.document::jsonb,
           ARRAY(SELECT jsonb_array_elements_text(put.document::jsonb -> 'domains')),
           put.source, put.state, $6, put.expires_at, $7, put.review_at
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[],
                  $8::timestamptz[])
           AS put (key, document, source, state, expires_at, review_at)
        ON CONFLICT (key) DO UPDATE
       SET document = excluded.document, domains = excluded.domains, source = excluded.source,
           state = excluded.state, expires_at = excluded.expires_at, version = excluded.version,
           review_at = excluded.review_at,
           created_by = CASE policy_rules.state WHEN 'removed' THEN excluded.created_by
                             ELSE policy_rules.created_by END,
           created_at = CASE policy_rules.state WHEN 'removed' THEN now()
                             ELSE policy_rules.created_at END,
           changed_at = now()
""",
)

_REMOVE = query(
    "policy.remove_rules",
    """
    UPDATE policy_rules
       SET state = 'removed', version = $2, changed_at = now()
     WHERE key = ANY ($1::text[]) AND state <> 'removed'
""",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The one row: what holds without rules, and which version of everything this is."""

    mode: Mode
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRule:
    """A rule as stewards see it: its document, and where it comes from."""

    id: RuleId
    key: str
    state: State
    document: RuleDocument
    created_by: str
    created_at: datetime
    changed_at: datetime
    version: int
    """Of the policy, when the rule last changed: a form that saw an older one is stale."""


async def read_standing(conn: Conn) -> Standing:
    return _standing(await conn.fetchrow(_READ))


async def lock_policy(tx: Tx) -> Standing:
    """Read the row and hold it until the transaction ends: changes queue here."""
    return _standing(await tx.fetchrow(_LOCK))


async def set_standing(tx: Tx, standing: Standing) -> None:
    """Write mode and version, and tell every process on commit."""
    await tx.execute(_SET, standing.mode, standing.version)
    await tx.execute("SELECT pg_notify($1, $2)", POLICY_CHANNEL, str(standing.version))


async def list_changed_since(conn: Conn, version: int) -> list[tuple[RuleId, RuleDocument | None]]:
    """List the rules that changed after a version; None for one that is no longer in force."""
    rows = await conn.fetch(_CHANGED_SINCE, version)
    return [
        (row["id"], _document(row["document"]) if row["state"] == "active" else None)
        for row in rows
    ]


async def find_rule(conn: Conn, key: str) -> StoredRule | None:
    row = await conn.fetchrow(_FIND, key)
    return None if row is None else stored_rule(row)


async def find_rules(conn: Conn, keys: Sequence[str]) -> Mapping[str, StoredRule]:
    """Find those that there are, by key."""
    return {row["key"]: stored_rule(row) for row in await conn.fetch(_FIND_MANY, list(keys))}


async def list_rules(
    conn: Conn,
    *,
    source: str | None = None,
    after: str | None = None,
    limit: int = 100,
    state: State | None = None,
    ends_before: datetime | None = None,
    review_before: datetime | None = None,
) -> Sequence[StoredRule]:
    """List rules by key; ``after`` is the last key of the page before.

    ``review_before``: those that stewards wanted to look at again by then, drafts too.
    """
    rows = await conn.fetch(_LIST, source, after, limit, state, ends_before, review_before)
    return [stored_rule(row) for row in rows]


async def all_rules(conn: Conn) -> list[StoredRule]:
    """Read every rule, drafts too, by key."""
    rules: list[StoredRule] = []
    while page := await list_rules(conn, after=rules[-1].key if rules else None, limit=1000):
        rules += page
    return rules


async def rules_of(conn: Conn, source: str) -> list[StoredRule]:
    """Read every rule of one source, drafts too, by key."""
    rules: list[StoredRule] = []
    while page := await list_rules(
        conn, source=source, after=rules[-1].key if rules else None, limit=1000
    ):
        rules += page
    return rules


async def count_rules(conn: Conn) -> tuple[int, int]:
    """How many rules are in force, and how many are drafts."""
    row = await conn.fetchrow(_COUNT)
    return (0, 0) if row is None else (row["active"], row["drafts"])


async def count_drafts(conn: Conn) -> Mapping[str, int]:
    """How many drafts there are of which source."""
    return {row["source"]: row["drafts"] for row in await conn.fetch(_COUNT_DRAFTS)}


async def list_public_rules(conn: Conn, *, before: int | None, limit: int) -> Sequence[StoredRule]:
    """List the rules in force that name servers, newest first, for everybody to read.

    ``before`` is the last id of the page before: a key would tell what is masked.
    """
    return [stored_rule(row) for row in await conn.fetch(_LIST_PUBLIC, before, limit)]


async def list_rules_about(conn: Conn, domains: Sequence[Domain]) -> Sequence[StoredRule]:
    """List the rules that name one of these domains, at most 1,000."""
    return [stored_rule(row) for row in await conn.fetch(_LIST_ABOUT, list(domains))]


async def list_expired(conn: Conn, now: datetime) -> Sequence[StoredRule]:
    """List rules in force whose time is over, at most 500."""
    return [stored_rule(row) for row in await conn.fetch(_LIST_EXPIRED, now)]


async def put_rules(tx: Tx, documents: Sequence[RuleDocument], *, by: str, version: int) -> None:
    """Write rules under their keys, new or changed."""
    await tx.execute(
        _PUT,
        [document.key for document in documents],
        [msgspec.json.encode(document).decode() for document in documents],
        [document.source for document in documents],
        ["draft" if document.draft else "active" for document in documents],
        [document.expires for document in documents],
        by,
        version,
        [document.review for document in documents],
    )


async def remove_rules(tx: Tx, keys: Sequence[str], *, version: int) -> None:
    await tx.execute(_REMOVE, list(keys), version)


def _standing(row: asyncpg.Record | None) -> Standing:
    if row is None:
        raise LookupError("the policy row is missing")
    return Standing(Mode(row["mode"]), row["version"])


def stored_rule(row: asyncpg.Record) -> StoredRule:
    return StoredRule(
        id=row["id"],
        key=row["key"],
        state=row["state"],
        document=_document(row["document"]),
        created_by=row["created_by"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        version=row["version"],
    )


_decoder = msgspec.json.Decoder(RuleDocument)


def _document(stored: str) -> RuleDocument:
    return _decoder.decode(stored)
