"""What there is between us and other servers, counted for previews. SQL lives here only.

Owns nothing; reads actors, follows, posts and the pipelines. As many queries for
10,000 servers as for one.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from fedinet.db.query import Conn, query
from fedinet.kernel.ids import Domain, first_id_at
from fedinet.kernel.uris import origin_of
from fedinet.policy.facts_store import find_met
from fedinet.policy.preview import (
    COUNTED,
    Change,
    Impact,
    MemberHit,
    Toll,
    Touched,
    Turn,
    after,
    concerned,
    turns,
)
from fedinet.policy.ruleset import Ruleset

MOST_NAMED: Final = 25
"""Members that a preview names; the others are counted."""

_TALKING: Final = timedelta(days=30)
_SENDING: Final = timedelta(days=7)

_ORIGINS = query(
    "policy.list_known_origins",
    """
    SELECT origin
      FROM (SELECT DISTINCT origin FROM actors) AS known
     WHERE origin IS DISTINCT FROM (SELECT origin FROM node)
""",
)

_MET = query("policy.list_met", "SELECT domain FROM policy_servers WHERE met_at IS NOT NULL")

_FOLLOWS = query(
    "policy.count_follows_with",
    """
    SELECT origin, sum(ours)::integer AS follows_out, sum(theirs)::integer AS follows_in,
           count(*) FILTER (WHERE ours > 0 AND kind = 'Group')::integer AS groups
      FROM (SELECT a.origin, a.kind,
                   (SELECT count(*) FROM follows f WHERE f.target_id = a.id) AS ours,
                   (SELECT count(*) FROM follows f WHERE f.follower_id = a.id) AS theirs
              FROM actors a
             WHERE a.origin = ANY ($1::text[]) AND NOT a.is_local) AS counted
     GROUP BY origin
""",
)

_FROZEN = query(
    "policy.count_frozen_with",
    """
    SELECT origin, count(*)::integer AS frozen
      FROM frozen_follows
     WHERE origin = ANY ($1::text[])
     GROUP BY origin
""",
)

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

_CONVERSATIONS = query(
    "policy.count_conversations_with",
    """
    WITH ours AS MATERIALIZED (
        SELECT DISTINCT root_id
          FROM posts
         WHERE is_local
           AND id > $2
    )
    SELECT a.origin, count(DISTINCT p.root_id)::integer AS conversations
      FROM ours
      JOIN posts p ON p.root_id = ours.root_id
       AND p.id > $2
      JOIN actors a ON a.id = p.author_id AND NOT a.is_local
     WHERE a.origin = ANY ($1::text[])
     GROUP BY a.origin
""",
)

_POSTS = query(
    "policy.count_posts_of",
    """
    SELECT a.origin, count(*)::integer AS posts
      FROM actors a JOIN posts p ON p.author_id = a.id
     WHERE a.origin = ANY ($1::text[]) AND NOT a.is_local
     GROUP BY a.origin
""",
)

_MEDIA = query(
    "policy.count_posts_with_media_of",
    """
    SELECT a.origin, count(*)::integer AS posts_with_media
      FROM actors a JOIN posts p ON p.author_id = a.id AND p.attachments <> '[]'
     WHERE a.origin = ANY ($1::text[]) AND NOT a.is_local
     GROUP BY a.origin
""",
)

_DELIVERIES = query(
    "policy.count_deliveries_to",
    """
    WITH sent AS MATERIALIZED (
        SELECT id, sender_id, followers, recipients
          FROM outgoing
         WHERE created_at > $2
    ), asked AS MATERIALIZED (
        SELECT id, origin FROM actors WHERE origin = ANY ($1::text[]) AND NOT is_local
    ), reach AS MATERIALIZED (
        SELECT DISTINCT f.target_id AS sender_id, a.origin
          FROM asked a JOIN follows f ON f.follower_id = a.id AND f.state = 'accepted'
    )
    SELECT origin, sum(n)::integer AS deliveries
      FROM (SELECT r.origin, s.n
              FROM reach r
              JOIN (SELECT sender_id, count(*) AS n FROM sent WHERE followers GROUP BY sender_id)
                   AS s USING (sender_id)
             UNION ALL
            SELECT to_them.origin, count(*)
              FROM (SELECT DISTINCT s.id, s.sender_id, s.followers, a.origin
                      FROM sent s
                     CROSS JOIN unnest(s.recipients) AS named (actor_id)
                      JOIN asked a ON a.id = named.actor_id) AS to_them
             WHERE NOT (to_them.followers AND EXISTS (
                    SELECT FROM reach r
                     WHERE r.sender_id = to_them.sender_id AND r.origin = to_them.origin))
             GROUP BY to_them.origin) AS each_way
     GROUP BY origin
""",
)

_HELD = query(
    "policy.count_held_of",
    """
    SELECT domain, count(*)::integer AS held
      FROM inbound_held
     WHERE domain = ANY ($1::text[])
     GROUP BY domain
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
    differing = await asyncio.to_thread(turns, rules, then, met, now=now)
    touched = {domain: origins[domain] for domain in differing}
    tolls = await _tolls(conn, touched, now)
    losing = [
        touched[domain]
        for domain, some in differing.items()
        if not some.isdisjoint((Turn.CUT, Turn.FROZEN))
    ]
    members, count = await _members(conn, losing, most_named)
    servers = [Touched(domain, some, tolls[domain]) for domain, some in differing.items()]
    servers.sort(key=lambda one: (-one.toll.follows, -one.toll.posts, one.domain))
    return Impact(
        servers=tuple(servers),
        members=members,
        member_count=count,
        looks_further=change.looks_further(then),
    )


async def _known_origins(conn: Conn) -> dict[Domain, str]:
    rows = await conn.fetch(_ORIGINS)
    return {origin_of(row["origin"]).domain: row["origin"] for row in rows}


async def _met(conn: Conn, origins: Mapping[Domain, str]) -> dict[Domain, bool]:
    known = {row["domain"] for row in await conn.fetch(_MET)}
    others = {domain: origin for domain, origin in origins.items() if domain not in known}
    known |= await find_met(conn, others)
    return {domain: domain in known for domain in origins}


async def _tolls(conn: Conn, touched: Mapping[Domain, str], now: datetime) -> Mapping[Domain, Toll]:
    tolls = dict.fromkeys(touched, Toll())
    if not touched:
        return tolls
    named = list(touched.values())
    by_origin = {origin: domain for domain, origin in touched.items()}
    for statement in (_FOLLOWS, _FROZEN, _POSTS, _MEDIA):
        for row in await conn.fetch(statement, named):
            _count(tolls, by_origin[row["origin"]], row)
    for statement, since in (
        (_CONVERSATIONS, first_id_at(now - _TALKING)),
        (_DELIVERIES, now - _SENDING),
    ):
        for row in await conn.fetch(statement, named, since):
            _count(tolls, by_origin[row["origin"]], row)
    for row in await conn.fetch(_HELD, list(touched)):
        _count(tolls, row["domain"], row)
    return tolls


def _count(tolls: dict[Domain, Toll], domain: Domain, row: asyncpg.Record) -> None:
    numbers = {name: number for name, number in row.items() if name in COUNTED}
    tolls[domain] = replace(tolls[domain], **numbers)


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
