"""Rows of ``policy_servers``: whom to ask, and what they said. SQL lives here only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import Domain
from fedinet.policy.servers.software import Software

_WALK_HEARD = query(
    "policy.walk_heard_origins",
    """
    WITH RECURSIVE heard AS (
        (SELECT origin FROM inbound_seen WHERE origin > $1 ORDER BY origin LIMIT 1)
         UNION ALL
        SELECT (SELECT s.origin FROM inbound_seen s
                 WHERE s.origin > heard.origin ORDER BY s.origin LIMIT 1)
          FROM heard
         WHERE heard.origin IS NOT NULL
    )
    SELECT origin FROM heard WHERE origin IS NOT NULL LIMIT $2
""",
)

_HEAR = query(
    "policy.hear_of_servers",
    """
    INSERT INTO policy_servers AS s (domain, heard_at, ask_at)
    SELECT unnest($1::text[]), $2, $2
     ORDER BY 1
        ON CONFLICT (domain) DO UPDATE
       SET heard_at = excluded.heard_at, ask_at = coalesce(s.ask_at, excluded.ask_at)
     WHERE s.heard_at IS NULL OR s.heard_at < excluded.heard_at - interval '1 day'
""",
)

# The lock makes one process at a time choose; a lease keeps what it chose from the others.
_LOCK_ASKING = query(
    "policy.lock_asking", "SELECT pg_try_advisory_xact_lock(hashtext('policy servers'))"
)

_LIST_DUE = query(
    "policy.list_servers_to_ask",
    """
    SELECT domain
      FROM policy_servers
     WHERE ask_at <= $1
       AND NOT EXISTS (SELECT FROM node WHERE paused_at IS NOT NULL)
     ORDER BY ask_at
     LIMIT $2
""",
)

_COUNT_ASKED = query(
    "policy.count_asked_of_owners",
    """
    SELECT owner, count(*)::integer AS asked
      FROM policy_servers
     WHERE owner = ANY ($1::text[]) AND owner <> '' AND asked_at > $2
     GROUP BY owner
""",
)

_CLAIM = query(
    "policy.claim_servers_to_ask",
    """
    UPDATE policy_servers s
       SET asked_at = CASE WHEN c.is_asked THEN $4 ELSE s.asked_at END, ask_at = c.ask_at,
           owner = c.owner
      FROM unnest($1::text[], $2::text[], $3::boolean[], $5::timestamptz[])
           AS c (domain, owner, is_asked, ask_at)
     WHERE s.domain = c.domain
""",
)

_KNOW = query(
    "policy.know_software",
    """
    UPDATE policy_servers
       SET software = $2, version = $3, accounts = $4, ask_at = $5, failures = 0, last_error = ''
     WHERE domain = $1
""",
)

_FAIL = query(
    "policy.fail_to_ask",
    """
    UPDATE policy_servers
       SET failures = least(failures + 1, 30)::smallint, last_error = $2,
           ask_at = $3::timestamptz + least(interval '30 days',
                                            interval '1 day' * power(2, least(failures, 5)))
     WHERE domain = $1
""",
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One server whose turn it is: asked now, or put off until ``ask_at``."""

    domain: Domain
    owner: str
    is_asked: bool
    ask_at: datetime


async def walk_heard(conn: Conn, *, after: str, limit: int) -> Sequence[str]:
    """List origins that sent us something lately, in their order, each once."""
    return [row["origin"] for row in await conn.fetch(_WALK_HEARD, after, limit)]


async def hear_of(tx: Tx, domains: Collection[Domain], now: datetime) -> None:
    """Remember that these servers talk to us, to the day. Idempotent."""
    await tx.execute(_HEAR, sorted(domains), now)


async def lock_asking(tx: Tx) -> bool:
    """Be the one that chooses whom to ask, until the transaction ends; False: somebody else is."""
    return bool(await tx.fetchval(_LOCK_ASKING))


async def list_due(conn: Conn, now: datetime, *, limit: int) -> Sequence[Domain]:
    """List the servers that are to be asked, longest due first; none while the node is paused."""
    return [Domain(row["domain"]) for row in await conn.fetch(_LIST_DUE, now, limit)]


async def count_asked(conn: Conn, owners: Collection[str], *, since: datetime) -> Mapping[str, int]:
    """Count how many servers of each owner were asked since."""
    rows = await conn.fetch(_COUNT_ASKED, list(owners), since)
    return {row["owner"]: row["asked"] for row in rows}


async def claim(tx: Tx, turns: Sequence[Turn], now: datetime) -> None:
    """Write down whom we are about to ask, and when others may again."""
    await tx.execute(
        _CLAIM,
        [turn.domain for turn in turns],
        [turn.owner for turn in turns],
        [turn.is_asked for turn in turns],
        now,
        [turn.ask_at for turn in turns],
    )


async def know_software(tx: Tx, domain: Domain, software: Software, *, ask_at: datetime) -> None:
    await tx.execute(_KNOW, domain, software.name, software.version, software.accounts, ask_at)


async def fail(tx: Tx, domain: Domain, error: str, now: datetime) -> None:
    """Ask again later: after a day, two, four, and so on, at most a month. What was known stays."""
    await tx.execute(_FAIL, domain, error, now)
