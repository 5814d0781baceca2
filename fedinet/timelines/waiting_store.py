"""Who waits for a word of a member: read at once, for the side of their home. SQL lives here only.

A letter waits until it is answered or thanked for, or its conversation is muted. What an app has
marked as read, and what came silently, waits only where the member has written in it before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from fedinet.actors.model import Actor
from fedinet.announcements.store import ANY_UNREAD
from fedinet.audiences.gate import VISIBLE
from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId, PostId, first_id_at

WAITS_FOR: Final = timedelta(days=30)
"""What nobody answered in a month waits no more."""
MOST: Final = 4
"""Of each kind; one more than is named, so that a page can say that there are others."""

_NEWS: Final = "news"
"""Something that stewards announced: nobody waits, but it is asked in the same breath."""

# The newest letters first, of a few conversations; OFFSET 0: each is asked on its own.
_LIST: Final = query(
    "timelines.list_waiting",
    """
    (SELECT 'letter' AS kind, p.author_id AS actor_id, p.id AS post_id, p.published_at AS since
       FROM (SELECT c.root_id, c.unread
               FROM conversations c
              WHERE c.owner_id = $1 AND c.last_post_id > $3
                AND (c.unread OR EXISTS (
                        SELECT FROM posts own
                         WHERE own.root_id = c.root_id AND own.author_id = $1))
                AND NOT EXISTS (
                        SELECT FROM muted_threads m
                         WHERE m.actor_id = $1 AND m.root_id = c.root_id)
              ORDER BY c.last_post_id DESC
              LIMIT 12) AS talk
      CROSS JOIN LATERAL (
            SELECT p.*
              FROM posts p
             WHERE p.root_id = talk.root_id AND p.visibility = 'mentioned' AND """
    + VISIBLE
    + """
             ORDER BY p.id DESC
             LIMIT 1) AS p
      WHERE p.author_id <> $1
        AND NOT EXISTS (SELECT FROM likes l WHERE l.post_id = p.id AND l.actor_id = $1)
        AND NOT EXISTS (
              SELECT FROM mutes m
               WHERE m.actor_id = $1 AND m.target_id = p.author_id
                 AND (m.until IS NULL OR m.until > now()))
      ORDER BY p.id DESC
      LIMIT $4)
    UNION ALL
    (SELECT 'request', f.follower_id, NULL, f.created_at
       FROM follows f
       JOIN actors a ON a.id = f.follower_id AND a.suspended_at IS NULL AND a.gone_at IS NULL
      WHERE f.target_id = $1 AND f.state = 'pending'
      ORDER BY f.id DESC
      LIMIT $4)
    UNION ALL
    (SELECT 'newcomer', w.actor_id, p.id, w.made_at
       FROM welcomes w
       JOIN posts p ON p.id = w.post_id
      WHERE w.answered_at IS NULL AND w.post_id IS NOT NULL AND w.actor_id <> $1
        AND w.made_at > $5
        AND NOT EXISTS (
              SELECT FROM mutes m
               WHERE m.actor_id = $1 AND m.target_id = w.actor_id
                 AND (m.until IS NULL OR m.until > now()))
        AND """
    + VISIBLE
    + """
      ORDER BY w.made_at DESC
      LIMIT $4)
    UNION ALL
    SELECT '"""
    + _NEWS
    + "', NULL, NULL, now() WHERE "
    + ANY_UNREAD,
)


class Kind(StrEnum):
    """What somebody waits for."""

    LETTER = "letter"
    REQUEST = "request"
    """To follow."""
    NEWCOMER = "newcomer"
    """Said hello, and nobody has answered."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits. ``post_id``: what they wrote; None for a request."""

    kind: Kind
    actor_id: ActorId
    post_id: PostId | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Beside:
    """One person at the side of a home, and where the member answers them."""

    actor: Actor
    path: str
    since: datetime


async def list_waiting(conn: Conn, viewer: Viewer, now: datetime) -> tuple[list[Waiting], bool]:
    """List who waits, the latest first, at most four of each kind.

    And whether something is announced that the member has not put away, which is seldom: it is
    read only then.
    """
    since = now - WAITS_FOR
    rows = await conn.fetch(
        _LIST, viewer.actor_id, viewer.is_member, first_id_at(since), MOST, since
    )
    waiting = [
        Waiting(Kind(row["kind"]), ActorId(row["actor_id"]), row["post_id"], row["since"])
        for row in rows
        if row["kind"] != _NEWS
    ]
    return waiting, len(waiting) < len(rows)


def placed_beside(
    waiting: Sequence[Waiting], actors: Mapping[ActorId, Actor]
) -> dict[Kind, list[Beside]]:
    """Put names to who waits, by kind."""
    sides: dict[Kind, list[Beside]] = {kind: [] for kind in Kind}
    for one in waiting:
        actor = actors.get(one.actor_id)
        if actor is not None:
            path = f"/@{actor.handle}" + ("" if one.post_id is None else f"/{one.post_id}")
            sides[one.kind].append(Beside(actor, path, one.since))
    return sides
