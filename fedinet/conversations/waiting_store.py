"""Who waits for a word of a member: read at once, for the side of their home. SQL lives here only.

When a letter waits is told in store.py, once for every page that says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from fedinet.actors.model import Actor
from fedinet.announcements.store import ANY_UNREAD
from fedinet.audiences.gate import VISIBLE
from fedinet.audiences.model import Viewer
from fedinet.conversations.store import ASKS, IS_OPEN, LATEST, MOST_ON_PAGE, WAITS_FOR
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId, PostId, first_id_at

MOST: Final = 4
"""Of each kind; one more than is named, so that a page can say that there are others."""

_NEWS: Final = "news"
"""Something that stewards announced: nobody waits, but it is asked in the same breath."""


def waiting_letters(columns: str, *, since: str, most: str) -> str:
    """Make the statement of what waits for ``$1``, behind the gate of ``$1`` and ``$2``.

    The newest first, of as many conversations as the first page of them shows.
    """
    return f"""
        SELECT {columns}
          FROM (SELECT c.root_id
                  FROM conversations c
                 WHERE c.owner_id = $1 AND c.last_post_id > {since} AND {IS_OPEN}
                 ORDER BY c.last_post_id DESC
                 LIMIT {MOST_ON_PAGE}) AS c
        {LATEST}
         WHERE {ASKS}
         ORDER BY p.id DESC
         LIMIT {most}"""


def waiting_requests(columns: str, *, most: str) -> str:
    """The same of who asks to follow ``$1``, whoever stewards keep away left out."""
    return f"""
        SELECT {columns}
          FROM follows f
          JOIN actors a ON a.id = f.follower_id AND a.suspended_at IS NULL AND a.gone_at IS NULL
         WHERE f.target_id = $1 AND f.state = 'pending'
         ORDER BY f.id DESC
         LIMIT {most}"""


_LIST: Final = query(
    "conversations.list_waiting",
    """
    ("""
    + waiting_letters(
        "'letter' AS kind, p.author_id AS actor_id, p.id AS post_id, p.published_at AS since",
        since="$3",
        most="$4",
    )
    + """)
    UNION ALL
    ("""
    + waiting_requests("'request', f.follower_id, NULL, f.created_at", most="$4")
    + """)
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
    words: str = ""
    """The first ones, where several letters of one person wait."""


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
    waiting: Sequence[Waiting],
    actors: Mapping[ActorId, Actor],
    words: Mapping[PostId, str] = MappingProxyType({}),
) -> dict[Kind, list[Beside]]:
    """Put names to who waits, by kind."""
    sides: dict[Kind, list[Beside]] = {kind: [] for kind in Kind}
    for one in waiting:
        actor = actors.get(one.actor_id)
        if actor is not None:
            path = f"/@{actor.handle}" + ("" if one.post_id is None else f"/{one.post_id}")
            said = "" if one.post_id is None else words.get(one.post_id, "")
            sides[one.kind].append(Beside(actor, path, one.since, said))
    return sides
