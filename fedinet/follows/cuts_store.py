"""Rows of ``follow_cuts``: what a rule did to the follows of a member. SQL lives here only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import asyncpg

from fedinet.db.query import Conn, Tx, query
from fedinet.follows.signals import FollowsCut
from fedinet.kernel.ids import ActorId, Domain
from fedinet.kernel.uris import origin_of
from fedinet.queue.signals import announce

KEPT_DAYS = 365
Pairs = Sequence[tuple[ActorId, ActorId]]
"""Follower and followed, one of them ours."""

_RECORD = query(
    "follows.record_cuts",
    """
    WITH sides AS (
        SELECT CASE WHEN a.is_local THEN a.id ELSE b.id END AS owner_id,
               CASE WHEN a.is_local THEN b.origin ELSE a.origin END AS origin,
               CASE WHEN a.is_local THEN b.username || '@' || b.domain
                    ELSE a.username || '@' || a.domain END AS handle,
               NOT a.is_local AS is_follower
          FROM unnest($1::bigint[], $2::bigint[]) AS pair (follower_id, target_id)
          JOIN actors a ON a.id = pair.follower_id
          JOIN actors b ON b.id = pair.target_id
         WHERE a.is_local <> b.is_local
    ), cuts AS (
        INSERT INTO follow_cuts (owner_id, origin, word, followers, following)
        SELECT owner_id, origin, $3, count(*) FILTER (WHERE is_follower),
               count(*) FILTER (WHERE NOT is_follower)
          FROM sides
         GROUP BY owner_id, origin
        RETURNING id, owner_id, origin
    ), people AS (
        INSERT INTO follow_cut_people (cut_id, is_follower, handle)
        SELECT DISTINCT cuts.id, sides.is_follower, sides.handle
          FROM cuts JOIN sides USING (owner_id, origin)
    )
    SELECT id FROM cuts ORDER BY id
""",
)

_COLUMNS = "id, owner_id, origin, word, followers, following, at"
_LIST_BY_ID = query(
    "follows.list_cuts_by_id", f"SELECT {_COLUMNS} FROM follow_cuts WHERE id = ANY($1::bigint[])"
)
_LIST_OF = query(
    "follows.list_cuts_of",
    f"""
    SELECT {_COLUMNS}
      FROM follow_cuts
     WHERE owner_id = $1 AND ($2::bigint IS NULL OR id < $2)
     ORDER BY id DESC
     LIMIT $3
""",
)
_FIND_OF = query(
    "follows.find_cut_of", f"SELECT {_COLUMNS} FROM follow_cuts WHERE owner_id = $1 AND id = $2"
)
_PEOPLE = query(
    "follows.list_cut_people",
    """
    SELECT handle, is_follower
      FROM follow_cut_people
     WHERE cut_id = $1
     ORDER BY is_follower, handle
""",
)
_WHOM_TO_ASK = query(
    "follows.list_lost_in_cuts",
    """
    SELECT c.id AS cut_id, a.id AS actor_id
      FROM follow_cuts c
      JOIN follow_cut_people p ON p.cut_id = c.id AND NOT p.is_follower
      JOIN actors a ON lower(a.username) = lower(split_part(p.handle, '@', 1))
       AND a.domain = split_part(p.handle, '@', 2)
     WHERE c.owner_id = $1
       AND c.id = ANY ($2::bigint[])
       AND c.word = 'lost'
       AND a.origin = c.origin
       AND a.gone_at IS NULL
       AND NOT EXISTS (SELECT FROM follows f WHERE f.follower_id = $1 AND f.target_id = a.id)
     ORDER BY a.id
     LIMIT $3
""",
)
_FORGET = query(
    "follows.forget_cuts",
    "DELETE FROM follow_cuts WHERE at < now() - make_interval(days => $1)",
)


class CutWord(StrEnum):
    ASIDE = "aside"
    """Kept and inactive."""
    BACK = "back"
    """They hold again."""
    LOST = "lost"
    """Ended for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What happened to a member's follows with one server, at once."""

    id: int
    word: CutWord
    domain: Domain
    followers: int
    following: int
    at: datetime


async def record_cuts(tx: Tx, pairs: Pairs, word: CutWord) -> None:
    """Write down what happened to these follows, one row a member, and have them told."""
    if not pairs:
        return
    followers, targets = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    rows = await tx.fetch(_RECORD, followers, targets, word)
    await announce(tx, *(FollowsCut(row["id"]) for row in rows))


async def find_cuts(conn: Conn, ids: Iterable[int]) -> Mapping[int, Cut]:
    """Those of these that exist, by their numbers."""
    return {row["id"]: _cut(row) for row in await conn.fetch(_LIST_BY_ID, list(ids))}


async def list_cuts_of(
    conn: Conn, owner_id: ActorId, *, before: int | None, limit: int
) -> Sequence[Cut]:
    """List what happened to a member's follows, newest first."""
    return [_cut(row) for row in await conn.fetch(_LIST_OF, owner_id, before, limit)]


async def list_people_of(
    conn: Conn, owner_id: ActorId, cut_id: int
) -> tuple[Cut, Sequence[tuple[str, bool]]] | None:
    """A member's own cut, with handles and whether each is a follower; whom they follow first."""
    row = await conn.fetchrow(_FIND_OF, owner_id, cut_id)
    if row is None:
        return None
    people = await conn.fetch(_PEOPLE, cut_id)
    return _cut(row), [(one["handle"], one["is_follower"]) for one in people]


async def list_lost_of(
    conn: Conn, owner_id: ActorId, cut_ids: Iterable[int], *, limit: int
) -> Sequence[tuple[int, ActorId]]:
    """List whom a member followed until rules ended it, and does not follow again, by event."""
    rows = await conn.fetch(_WHOM_TO_ASK, owner_id, list(cut_ids), limit)
    return [(row["cut_id"], ActorId(row["actor_id"])) for row in rows]


async def forget_cuts(tx: Tx) -> None:
    """Forget what is a year old."""
    await tx.execute(_FORGET, KEPT_DAYS)


def _cut(row: asyncpg.Record) -> Cut:
    return Cut(
        id=row["id"],
        word=CutWord(row["word"]),
        domain=origin_of(row["origin"]).domain,
        followers=row["followers"],
        following=row["following"],
        at=row["at"],
    )
