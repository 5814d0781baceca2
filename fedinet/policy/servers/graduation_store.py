"""Servers that nobody has met, and what speaks for them. SQL lives here only.

Owns ``met_at``, ``met_why`` and ``thrown_away_at`` of ``policy_servers``; reads actors,
follows, reports and what is held.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import Domain
from fedinet.policy.servers.graduation import FOLLOWED_FOR, KNOWN_FOR, MOST_HELD, Acquaintance

MetWhy = Literal["members", "steward", "time"]
_LOOKED_AT: Final = 1000

_LIST_UNMET = query(
    "policy.list_unmet_servers",
    f"""
    SELECT s.domain, s.first_seen_at, s.thrown_away_at, f.followers, f.followed,
           (SELECT count(*)
              FROM (SELECT FROM inbound_held h
                     WHERE h.domain = s.domain LIMIT {MOST_HELD + 1}) AS waiting) AS held,
           (SELECT count(*) FROM reports r JOIN actors a ON a.id = r.target_id
             WHERE r.resolved_at IS NULL AND a.origin = $5 || '://' || s.domain) AS reports
      FROM (SELECT domain, first_seen_at, thrown_away_at
              FROM policy_servers
             WHERE met_at IS NULL AND first_seen_at <= $1 AND (first_seen_at, domain) > ($3, $4)
             ORDER BY first_seen_at, domain
             LIMIT $6) AS s
     CROSS JOIN LATERAL (
            SELECT count(DISTINCT f.follower_id) AS followers,
                   count(DISTINCT f.target_id) AS followed
              FROM (SELECT id FROM actors
                     WHERE origin = $5 || '://' || s.domain
                     ORDER BY origin, id LIMIT {_LOOKED_AT}) AS a
              JOIN follows f ON f.follower_id = a.id AND f.state = 'accepted'
               AND f.accepted_at <= $2
              JOIN actors me ON me.id = f.target_id AND me.is_local) AS f
     ORDER BY s.first_seen_at, s.domain
""",
)

_MEET = query(
    "policy.meet_server",
    """
    INSERT INTO policy_servers (domain, met_at, met_why)
    VALUES ($1, now(), $2)
        ON CONFLICT (domain) DO UPDATE SET met_at = now(), met_why = excluded.met_why
     WHERE policy_servers.met_at IS NULL
    RETURNING domain
""",
)

_UNMEET = query(
    "policy.unmeet_server",
    """
    UPDATE policy_servers SET met_at = NULL, met_why = ''
     WHERE domain = $1 AND met_at IS NOT NULL
    RETURNING domain
""",
)

_THROW_AWAY = query(
    "policy.throw_away_of",
    "UPDATE policy_servers SET thrown_away_at = now() WHERE domain = ANY ($1::text[])",
)


@dataclass(frozen=True, slots=True)
class Unmet:
    domain: Domain
    known: Acquaintance
    """Without rules: whoever has them adds that."""


async def list_unmet(
    conn: Conn, now: datetime, *, after: tuple[datetime, str], scheme: str, limit: int
) -> Sequence[Unmet]:
    """List servers that nobody has met and that are known for long enough, oldest first."""
    rows = await conn.fetch(_LIST_UNMET, now - KNOWN_FOR, now - FOLLOWED_FOR, *after, scheme, limit)
    return [
        Unmet(
            Domain(row["domain"]),
            Acquaintance(
                first_seen_at=row["first_seen_at"],
                followers=row["followers"],
                followed=row["followed"],
                held=row["held"],
                reports=row["reports"],
                thrown_away_at=row["thrown_away_at"],
            ),
        )
        for row in rows
    ]


async def meet(tx: Tx, domain: Domain, why: MetWhy) -> bool:
    """Count a server as met from now on. False: it is already."""
    return await tx.fetchval(_MEET, domain, why) is not None


async def unmeet(tx: Tx, domain: Domain) -> bool:
    """Count it as a stranger again. What members do with it makes it met anew."""
    return await tx.fetchval(_UNMEET, domain) is not None


async def remember_thrown_away(tx: Tx, domains: Collection[Domain]) -> None:
    """Keep in mind that a steward threw away what these servers had sent."""
    await tx.execute(_THROW_AWAY, sorted(domains))
