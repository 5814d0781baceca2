"""Servers that rules name, one by one, as apps for stewards list them. SQL lives here only.

A server has one number, whatever rules come and go (``policy_domains``). Of several
rules about one server that such an app can say, it shows one: a steward's before a
list's, then the strictest, then the oldest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import asyncpg

from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import Domain
from fedinet.kernel.paging import Page
from fedinet.policy.store import StoredRule, stored_rule

Kind = Literal["block", "allow", "signup"]
"""A rule about a server as a whole; one that welcomes it; one about signing up from there."""

_SAID: Final = (
    "key", "verdict", "effects", "tier", "priority", "reason", "note", "source", "expires",
    "on_expire", "review", "obfuscate", "domains",
)  # fmt: skip
"""Parts of a rule about whole servers. Any other (``exact``, a condition) cannot be said there."""

_COLUMNS = """
    SELECT n.id AS number, n.domain, r.id, r.key, r.state, r.document, r.created_by, r.created_at,
           r.changed_at, r.version
"""
_SHOWN = """
     CROSS JOIN LATERAL (
           SELECT *
             FROM policy_rules
            WHERE state = 'active' AND domains @> ARRAY[n.domain]
              AND (expires_at IS NULL OR expires_at > now())
              AND (document ->> 'verdict' IS NOT DISTINCT FROM 'accept') = ($1 = 'allow')
              AND (document -> 'scopes' IS NOT DISTINCT FROM '["signup"]') = ($1 = 'signup')
              AND document - CASE $1 WHEN 'signup' THEN $2::text[] || 'scopes'::text
                                     ELSE $2::text[] END = '{}'
            ORDER BY source <> 'manual',
                     array_position(ARRAY['reject', 'drop', 'hold'], document ->> 'verdict'),
                     NOT coalesce(document -> 'effects' ? 'limit', false), id
            LIMIT 1) r
"""
_PAGE = f"""
    {_COLUMNS}
      FROM policy_domains n
    {_SHOWN}
     WHERE true
"""
_LIST = paged("policy.list_named", _PAGE + between("n.id"), by="n.id")
_FIND = query("policy.find_named", f"{_COLUMNS} FROM policy_domains n {_SHOWN} WHERE n.id = $3")
_FIND_DOMAINS = query(
    "policy.find_named_domains",
    f"{_COLUMNS} FROM policy_domains n {_SHOWN} WHERE n.domain = ANY ($3::text[])",
)
_LIST_KEYS = query(
    "policy.list_taken_keys",
    "SELECT key FROM policy_rules WHERE key = ANY ($1::text[]) AND state <> 'removed'",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One server, and the rule that is shown for it. ``id`` is the server's, not the rule's."""

    id: int
    domain: Domain
    rule: StoredRule


async def list_named(conn: Conn, kind: Kind, page: Page) -> list[Named]:
    """List servers with a rule of that kind in force, the newest number first."""
    return [_named(row) for row in await read_page(conn, _LIST, page, kind, _SAID)]


async def find_named(conn: Conn, kind: Kind, number: int) -> Named | None:
    row = await conn.fetchrow(_FIND, kind, _SAID, number)
    return None if row is None else _named(row)


async def find_domains(conn: Conn, kind: Kind, domains: Sequence[Domain]) -> dict[Domain, Named]:
    """Find those of these very domains that have a rule of that kind in force."""
    rows = await conn.fetch(_FIND_DOMAINS, kind, _SAID, list(domains))
    return {Domain(row["domain"]): _named(row) for row in rows}


async def free_key(conn: Conn, domain: Domain) -> str:
    """Give a key for a new rule about a server: its name, or its name and a number."""
    wanted = [str(domain), *(f"{domain} {number}" for number in range(2, 100))]
    taken = {row["key"] for row in await conn.fetch(_LIST_KEYS, wanted)}
    return next(key for key in wanted if key not in taken)


def _named(row: asyncpg.Record) -> Named:
    return Named(id=row["number"], domain=Domain(row["domain"]), rule=stored_rule(row))
