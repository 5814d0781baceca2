"""What a decision must know of the other side: servers, senders, how they stand to us.

Owns ``policy_servers``; reads actors, follows, blocks, mentions and allies. SQL lives here only.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorUri, Domain
from fedinet.policy.matching import parents

_LOOKED_AT = 1000
"""Actors of a server that are looked at to tell whether somebody here has met it."""

_SEE = query(
    "policy.see_servers",
    """
    INSERT INTO policy_servers (domain)
    SELECT unnest($1::text[])
     ORDER BY 1
        ON CONFLICT (domain) DO NOTHING
""",
)

_HAS_MET: Final = f"""
    EXISTS (
        SELECT FROM (SELECT id FROM actors
                      WHERE origin = asked.origin ORDER BY origin, id LIMIT {_LOOKED_AT}) AS a
         WHERE EXISTS (
                SELECT FROM follows f JOIN actors me ON me.id = f.follower_id AND me.is_local
                 WHERE f.target_id = a.id)
            OR EXISTS (
                SELECT FROM follows f
                  JOIN actors me ON me.id = f.target_id AND me.is_local AND me.approves_followers
                 WHERE f.follower_id = a.id AND f.state = 'accepted')
            OR EXISTS (
                SELECT FROM post_mentions m JOIN posts p ON p.id = m.post_id AND p.is_local
                 WHERE m.actor_id = a.id))
"""
"""Condition on ``asked.origin``: somebody here has met somebody there."""

_READ_SERVERS = query(
    "policy.read_servers",
    f"""
    SELECT asked.domain, s.first_seen_at, s.met_at IS NOT NULL AS is_met,
           s.met_at IS NULL AND {_HAS_MET} AS is_met_since,
           coalesce(s.software, '') AS software, coalesce(s.version, '') AS version, s.accounts,
           coalesce(named.lists, '{{}}') AS lists
      FROM unnest($1::text[], $2::text[]) AS asked (domain, origin)
      LEFT JOIN policy_servers s ON s.domain = asked.domain
      LEFT JOIN (SELECT part.domain, array_agg(e.list) AS lists
                   FROM unnest($3::text[], $4::text[]) AS part (domain, above)
                   JOIN policy_list_entries e ON e.domain = part.above
                  GROUP BY part.domain) AS named ON named.domain = asked.domain
""",
)

_FIND_MET = query(
    "policy.find_met",
    f"""
    SELECT asked.domain
      FROM unnest($1::text[], $2::text[]) AS asked (domain, origin)
     WHERE {_HAS_MET}
""",
)

_MEET = query(
    "policy.meet_servers",
    """
    INSERT INTO policy_servers (domain, met_at, met_why)
    SELECT unnest($1::text[]), now(), 'members'
     ORDER BY 1
        ON CONFLICT (domain) DO UPDATE SET met_at = now(), met_why = 'members'
     WHERE policy_servers.met_at IS NULL
""",
)

_LIST_ALLIES = query(
    "policy.list_allies",
    """
    SELECT domain, mutual_until > now() AS is_ally,
           CASE WHEN mutual_until > now() THEN mutual_until
                ELSE ended_at + interval '1 hour' END AS until
      FROM allies
     WHERE mutual_until > now() OR (ended_by = 'us' AND ended_at > now() - interval '1 hour')
""",
)

_READ_SENDERS = query(
    "policy.read_senders",
    """
    SELECT a.uri, a.kind, a.joined_at, a.followers_count,
           to_timestamp((a.id >> 16) / 1000.0) AS first_seen_at,
           EXISTS (SELECT FROM follows f JOIN actors me ON me.id = f.follower_id AND me.is_local
                    WHERE f.target_id = a.id AND f.state = 'accepted') AS followed,
           EXISTS (SELECT FROM follows f JOIN actors me ON me.id = f.target_id AND me.is_local
                    WHERE f.follower_id = a.id AND f.state = 'accepted') AS follows_us,
           EXISTS (SELECT FROM post_mentions m JOIN posts p ON p.id = m.post_id AND p.is_local
                    WHERE m.actor_id = a.id) AS talked,
           EXISTS (SELECT FROM follows f JOIN actors me ON me.id = f.follower_id AND me.is_local
                     JOIN follows b ON b.follower_id = a.id AND b.target_id = me.id
                    WHERE f.target_id = a.id AND f.state = 'accepted' AND b.state = 'accepted')
               AS mutual
      FROM actors a
     WHERE a.uri = ANY ($1::text[])
""",
)

_FIND_BLOCKED = query(
    "policy.find_blocked",
    """
    SELECT asked.place
      FROM unnest($1::integer[], $2::text[], $3::text[]) AS asked (place, sender_uri, reached_uri)
      JOIN actors reached ON reached.uri = asked.reached_uri AND reached.is_local
      LEFT JOIN actors sender ON sender.uri = asked.sender_uri
     GROUP BY asked.place
    HAVING bool_and(EXISTS (
        SELECT FROM blocks b WHERE b.actor_id = reached.id AND b.target_id = sender.id)
        OR EXISTS (
        SELECT FROM domain_blocks d
         WHERE d.actor_id = reached.id
           AND d.domain IN (sender.domain, split_part(sender.origin, '://', 2))))
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What we know of a server. ``software`` is lower case, empty where unknown."""

    first_seen_at: datetime | None = None
    """None: it is not known."""
    is_met: bool = False
    is_met_since: bool = False
    """Somebody here has met it, which nobody has written down yet."""
    software: str = ""
    version: str = ""
    accounts: int | None = None
    lists: frozenset[str] = frozenset()
    """Those that name it, or a domain above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What we know of an actor, and how it stands to the people here."""

    kind: str
    published_at: datetime
    first_seen_at: datetime
    is_followed: bool
    follows_us: bool
    has_talked: bool
    is_mutual: bool
    followers: int | None
    """Where its own document says it."""


async def see_servers(tx: Tx, domains: Collection[Domain]) -> None:
    """Remember when each of these servers was first seen. Idempotent."""
    await tx.execute(_SEE, sorted(domains))


async def read_servers(conn: Conn, origins: Mapping[Domain, str]) -> Mapping[Domain, Server]:
    """Read what is known of each of these servers; ``origins`` by domain, ``https://…``."""
    parts = [(one, above) for one in origins for above in parents(one)]
    rows = await conn.fetch(
        _READ_SERVERS,
        list(origins),
        list(origins.values()),
        [one for one, _ in parts],
        [above for _, above in parts],
    )
    return {
        Domain(row["domain"]): Server(
            first_seen_at=row["first_seen_at"],
            is_met=row["is_met"],
            is_met_since=row["is_met_since"],
            software=row["software"],
            version=row["version"],
            accounts=row["accounts"],
            lists=frozenset(row["lists"]),
        )
        for row in rows
    }


async def find_met(conn: Conn, origins: Mapping[Domain, str]) -> set[Domain]:
    """Tell which of these servers somebody here has met; ``origins`` by domain, ``https://…``.

    Met: a member follows somebody there, let somebody from there follow, or
    wrote to somebody there. Once it is so, it stays so (``meet_servers``).
    """
    rows = await conn.fetch(_FIND_MET, list(origins), list(origins.values()))
    return {Domain(row["domain"]) for row in rows}


async def meet_servers(tx: Tx, domains: Collection[Domain]) -> None:
    """Write down that these servers are met by what members did."""
    await tx.execute(_MEET, sorted(domains))


@dataclass(frozen=True, slots=True)
class AlliedUntil:
    """An allied community, until when it is one; or one that is being told that it was."""

    until: datetime
    is_ally: bool


async def list_allies(conn: Conn) -> Mapping[Domain, AlliedUntil]:
    """The allied communities of this moment, and those that we left within the hour."""
    rows = await conn.fetch(_LIST_ALLIES)
    return {Domain(row["domain"]): AlliedUntil(row["until"], row["is_ally"]) for row in rows}


async def read_senders(conn: Conn, uris: Collection[str]) -> Mapping[ActorUri, Sender]:
    rows = await conn.fetch(_READ_SENDERS, list(uris))
    return {
        ActorUri(row["uri"]): Sender(
            kind=row["kind"],
            published_at=row["joined_at"],
            first_seen_at=row["first_seen_at"],
            is_followed=row["followed"],
            follows_us=row["follows_us"],
            has_talked=row["talked"],
            is_mutual=row["mutual"],
            followers=row["followers_count"],
        )
        for row in rows
    }


async def find_blocked(conn: Conn, asked: Sequence[tuple[int, str, str]]) -> set[int]:
    """Of (place, sender, member reached): the places where every member has blocked the sender."""
    if not asked:
        return set()
    rows = await conn.fetch(
        _FIND_BLOCKED, [a[0] for a in asked], [a[1] for a in asked], [a[2] for a in asked]
    )
    return {row["place"] for row in rows}
