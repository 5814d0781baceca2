"""What a change of the rules would do to what is stored here. SQL lives here only.

Owns nothing; reads actors and follows. As many queries for 10,000 servers as for one.
"""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from fedinet.db.query import Conn, query
from fedinet.kernel.ids import Domain
from fedinet.kernel.uris import origin_of
from fedinet.policy.facts_store import find_met, list_allies
from fedinet.policy.impact.preview import (
    Change,
    GroupHit,
    Impact,
    MemberHit,
    Touched,
    Turn,
    after,
    concerned,
    turns,
)
from fedinet.policy.impact.toll_store import count_tolls
from fedinet.policy.ruleset import Ruleset

MOST_NAMED: Final = 25
"""Members and groups that a preview names; the others are counted."""

_ORIGINS = query(
    "policy.list_known_origins",
    """
    SELECT origin
      FROM (SELECT DISTINCT origin FROM actors) AS known
     WHERE origin IS DISTINCT FROM (SELECT origin FROM node)
""",
)

_MET = query("policy.list_met", "SELECT domain FROM policy_servers WHERE met_at IS NOT NULL")

_MEMBERS = query(
    "policy.list_members_with",
    """
    SELECT me.id, me.username, me.name, hit.follows_out, hit.follows_in,
           count(*) OVER ()::integer AS member_count
      FROM (SELECT member_id, sum(out)::integer AS follows_out, sum(into_us)::integer AS follows_in
              FROM (SELECT f.follower_id AS member_id, 1 AS out, 0 AS into_us
                      FROM actors a JOIN follows f ON f.target_id = a.id
                     WHERE a.origin = ANY ($1::text[]) AND NOT a.is_local
                     UNION ALL
                    SELECT f.target_id, 0, 1
                      FROM actors a JOIN follows f ON f.follower_id = a.id
                     WHERE a.origin = ANY ($1::text[]) AND NOT a.is_local) AS each_follow
             GROUP BY member_id) AS hit
      JOIN actors me ON me.id = hit.member_id AND me.is_local
     ORDER BY hit.follows_out DESC, hit.follows_in DESC, me.id
     LIMIT $2
""",
)

_GROUPS = query(
    "policy.list_groups_with",
    """
    SELECT g.name, g.username || '@' || g.domain AS handle, count(*)::integer AS members
      FROM actors g
      JOIN follows f ON f.target_id = g.id
     WHERE g.origin = ANY ($1::text[])
       AND g.kind = 'Group'
       AND NOT g.is_local
     GROUP BY g.id
     ORDER BY members DESC, g.id
     LIMIT $2
""",
)


async def preview(
    conn: Conn, rules: Ruleset, change: Change, *, now: datetime, most_named: int = MOST_NAMED
) -> Impact:
    """Say what a change would do, and change nothing. ``rules`` are those of now."""
    known = await _known_origins(conn)
    origins = {domain: known[domain] for domain in concerned(rules, change, known)}
    met = await _met(conn, origins)
    then = await asyncio.to_thread(after, rules, change)
    allies = {domain for domain, one in (await list_allies(conn)).items() if one.is_ally}
    differing = await asyncio.to_thread(turns, rules, then, met, now=now, allies=allies)
    touched = {domain: origins[domain] for domain in differing}
    tolls = await count_tolls(conn, touched, now=now)
    losing = [
        touched[domain]
        for domain, some in differing.items()
        if not some.isdisjoint((Turn.CUT, Turn.FROZEN, Turn.SEVERED))
    ]
    members, count = await _members(conn, losing, most_named)
    groups = await conn.fetch(_GROUPS, losing, most_named) if losing else []
    servers = [
        Touched(domain, touched[domain], some, tolls[domain]) for domain, some in differing.items()
    ]
    servers.sort(key=lambda one: (-one.toll.follows, -one.toll.posts, one.domain))
    return Impact(
        servers=tuple(servers),
        members=members,
        member_count=count,
        groups=tuple(GroupHit(**row) for row in groups),
        looks_further=change.looks_further(then),
        asks_to_sign=then.refuses_somebody and not rules.refuses_somebody,
    )


async def _known_origins(conn: Conn) -> dict[Domain, str]:
    rows = await conn.fetch(_ORIGINS)
    return {origin_of(row["origin"]).domain: row["origin"] for row in rows}


async def _met(conn: Conn, origins: Mapping[Domain, str]) -> dict[Domain, bool]:
    known = {row["domain"] for row in await conn.fetch(_MET)}
    others = {domain: origin for domain, origin in origins.items() if domain not in known}
    known |= await find_met(conn, others)
    return {domain: domain in known for domain in origins}


async def _members(
    conn: Conn, origins: Collection[str], most: int
) -> tuple[tuple[MemberHit, ...], int]:
    rows = await conn.fetch(_MEMBERS, list(origins), most) if origins else []
    members = tuple(
        MemberHit(
            actor_id=row["id"],
            username=row["username"],
            name=row["name"],
            follows_out=row["follows_out"],
            follows_in=row["follows_in"],
        )
        for row in rows
    )
    return members, rows[0]["member_count"] if rows else 0
