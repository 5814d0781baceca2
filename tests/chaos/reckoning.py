"""What both sides say when all is quiet, and what must not be there. Reads tables only."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import asyncpg

from fedinet.db.query import Pool
from fedinet.markup.sanitise import plain_text

# What is put off for longer is no part of the exchange: looking for answers, the end of polls.
_UNFINISHED: Final = """
    SELECT (SELECT count(*) FROM inbound_queue) AS inbound,
           (SELECT count(*) FROM signals WHERE failed_at IS NULL) AS signals,
           (SELECT count(*) FROM jobs
             WHERE failed_at IS NULL AND due_at < now() + interval '2 minutes') AS jobs,
           (SELECT count(*) FROM outgoing WHERE fanned_out_at IS NULL) AS outgoing,
           (SELECT count(*) FROM deliveries) AS deliveries
"""
_POSTS: Final = """
    SELECT p.uri, author.uri AS author, p.visibility, p.html, p.edited_at, p.parent_uri
      FROM posts p
      JOIN actors author ON author.id = p.author_id
     WHERE p.is_local = $1
"""
_LIKES: Final = """
    SELECT actor.uri AS actor, p.uri AS post
      FROM likes r
      JOIN actors actor ON actor.id = r.actor_id
      JOIN posts p ON p.id = r.post_id
     WHERE actor.is_local = $1 AND p.is_local <> $1
"""
_BOOSTS: Final = """
    SELECT actor.uri AS actor, p.uri AS post
      FROM boosts r
      JOIN actors actor ON actor.id = r.actor_id
      JOIN posts p ON p.id = r.post_id
     WHERE actor.is_local = $1
"""
_GIVEN_UP: Final = """
    SELECT 'dead letter' AS what, reason || ' ' || coalesce(last_error, '') AS why FROM dead_letters
    UNION ALL
    SELECT 'job ' || kind, last_error FROM jobs WHERE failed_at IS NOT NULL
    UNION ALL
    SELECT 'signal ' || kind, last_error FROM signals WHERE failed_at IS NOT NULL
    UNION ALL
    SELECT 'activity ' || activity_type, reason FROM inbound_log WHERE outcome = 'failed'
"""
_MISCOUNTED: Final = """
    SELECT uri
      FROM posts p
     WHERE likes_count <> (SELECT count(*) FROM likes WHERE post_id = p.id)
        OR boosts_count <> (SELECT count(*) FROM boosts WHERE post_id = p.id)
        OR replies_count <> (SELECT count(*) FROM posts a WHERE a.parent_id = p.id
                              AND (a.visibility IN ('everyone', 'quiet')
                                   OR a.visibility = p.visibility))
"""
_TWICE_AT_HOME: Final = """
    SELECT owner_id, post_id, count(*) FROM home GROUP BY 1, 2 HAVING count(*) > 1
"""
# Here everybody follows everybody, so that whatever has its parent belongs in each home.
_MISSING_AT_HOME: Final = """
    SELECT owner.username, p.uri
      FROM posts p
     CROSS JOIN (SELECT id, username FROM actors WHERE is_local AND kind = 'Person') AS owner
     WHERE p.visibility <> 'mentioned'
       AND (p.parent_uri IS NULL OR p.parent_id IS NOT NULL)
       AND NOT EXISTS (SELECT FROM home h
                        WHERE h.owner_id = owner.id AND h.item_id = p.id AND h.post_id = p.id)
"""
_NOTHING_AT_HOME: Final = """
    SELECT h.item_id FROM home h WHERE NOT EXISTS (SELECT FROM posts p WHERE p.id = h.post_id)
"""
_WANTED_NOTICES: Final = """
    SELECT a.username AS owner, 'like' AS kind, l.actor_id AS by, p.uri AS post
      FROM likes l JOIN posts p ON p.id = l.post_id JOIN actors a ON a.id = p.author_id
     WHERE a.is_local AND l.actor_id <> a.id
    UNION ALL
    SELECT a.username, 'boost', b.actor_id, p.uri
      FROM boosts b JOIN posts p ON p.id = b.post_id JOIN actors a ON a.id = p.author_id
     WHERE a.is_local AND b.actor_id <> a.id
    UNION ALL
    SELECT a.username, 'post', p.author_id, p.uri
      FROM posts p JOIN post_mentions m ON m.post_id = p.id JOIN actors a ON a.id = m.actor_id
     WHERE a.is_local AND a.id <> p.author_id
"""
_NOTICES: Final = """
    SELECT a.username AS owner,
           CASE WHEN n.kind IN ('reply', 'mention') THEN 'post' ELSE n.kind END AS kind,
           n.actor_id AS by, p.uri AS post
      FROM notifications n JOIN actors a ON a.id = n.owner_id JOIN posts p ON p.id = n.post_id
     WHERE n.kind IN ('like', 'boost', 'reply', 'mention')
"""


async def unfinished(pool: Pool) -> Mapping[str, int]:
    """What still waits, by queue. Empty when the node is idle."""
    try:
        row = await pool.fetchrow(_UNFINISHED)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        return {repr(error): 1}
    return {name: count for name, count in row.items() if count}


async def posts(pool: Pool, *, local: bool) -> dict[str, tuple[Any, ...]]:
    """By URI: who says what to whom, as last edited, in answer to what."""
    return {
        row["uri"]: (
            row["author"],
            row["visibility"],
            plain_text(row["html"]),
            _moment(row["edited_at"]),
            row["parent_uri"],
        )
        for row in await pool.fetch(_POSTS, local)
    }


async def sources(pool: Pool) -> dict[str, str]:
    """What members typed, by URI."""
    rows = await pool.fetch("SELECT uri, source FROM posts WHERE is_local")
    return {row["uri"]: row["source"] for row in rows}


async def likes(pool: Pool, *, local: bool) -> set[tuple[str, str]]:
    """Likes across, by members or by the others: (actor, post)."""
    return {(row["actor"], row["post"]) for row in await pool.fetch(_LIKES, local)}


async def boosts(pool: Pool, *, local: bool) -> set[tuple[str, str]]:
    return {(row["actor"], row["post"]) for row in await pool.fetch(_BOOSTS, local)}


async def given_up(pool: Pool) -> list[str]:
    return [f"{row['what']}: {row['why']}" for row in await pool.fetch(_GIVEN_UP)]


async def dropped(pool: Pool) -> Counter[tuple[str, str]]:
    """What was not applied: (type, reason)."""
    rows = await pool.fetch(
        "SELECT activity_type, reason FROM inbound_log WHERE outcome = 'dropped'"
    )
    return Counter((row["activity_type"], row["reason"]) for row in rows)


async def disorder(pool: Pool) -> list[str]:
    """What one node alone shows to be wrong: counts, homes, notifications."""
    wrong = [
        f"{what}: {tuple(row)}"
        for what, sql in (
            ("counted wrongly", _MISCOUNTED),
            ("twice in a home", _TWICE_AT_HOME),
            ("missing in a home", _MISSING_AT_HOME),
            ("a post that is gone, in a home", _NOTHING_AT_HOME),
        )
        for row in await pool.fetch(sql)
    ]
    wanted = Counter(tuple(row) for row in await pool.fetch(_WANTED_NOTICES))
    told = Counter(tuple(row) for row in await pool.fetch(_NOTICES))
    wrong += [f"not told: {notice}" for notice in (wanted - told).elements()]
    wrong += [f"told too much: {notice}" for notice in (told - wanted).elements()]
    return wrong


def _moment(at: Any) -> str | None:
    """As precise as the wire is."""
    return None if at is None else at.isoformat(timespec="milliseconds")
