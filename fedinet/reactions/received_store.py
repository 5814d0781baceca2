"""Likes and boosts of remote actors, in sets. SQL lives here and in store.py only.

Posts are read without their text; whether the sender may see one is the gate's word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from fedinet.audiences.gate import VISIBLE_TO
from fedinet.audiences.model import Visibility
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId, PostId

_FIND_TARGETS = query(
    "reactions.find_targets",
    """
    SELECT viewer.ord, p.id AS post_id, p.is_local, p.visibility,
           p.author_id = viewer.actor_id AS is_own_post
      FROM (SELECT came.ord, came.actor_id, came.object_uri, false AS is_member
              FROM unnest($1::bigint[], $2::text[])
                   WITH ORDINALITY AS came (actor_id, object_uri, ord)) AS viewer
      JOIN posts p ON p.uri = viewer.object_uri
     WHERE"""
    + VISIBLE_TO
    + "ORDER BY p.id FOR KEY SHARE OF p",
)

_INSERT_LIKES = query(
    "reactions.insert_likes",
    """
    INSERT INTO likes (actor_id, post_id, uri)
    SELECT came.actor_id, came.post_id, came.uri
      FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS came (actor_id, post_id, uri)
     ORDER BY came.post_id, came.actor_id
    ON CONFLICT (post_id, actor_id) DO NOTHING
    RETURNING actor_id, post_id
""",
)

_INSERT_BOOSTS = query(
    "reactions.insert_boosts",
    """
    INSERT INTO boosts (actor_id, post_id, uri, visibility, created_at)
    SELECT came.actor_id, came.post_id, came.uri, came.visibility, $5
      FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[])
           AS came (actor_id, post_id, uri, visibility)
     ORDER BY came.post_id, came.actor_id
    ON CONFLICT (post_id, actor_id) DO NOTHING
    RETURNING id, actor_id, post_id
""",
)

_FIND_LIKED = query(
    "reactions.find_liked",
    "SELECT post_id FROM likes WHERE actor_id = $1 AND uri = $2 LIMIT 1",
)

_FIND_BOOSTED = query(
    "reactions.find_boosted",
    "SELECT post_id FROM boosts WHERE actor_id = $1 AND uri = $2 LIMIT 1",
)


@dataclass(frozen=True, slots=True)
class Target:
    """A post that somebody reacts to and may see."""

    post_id: PostId
    is_local: bool
    visibility: Visibility
    is_own_post: bool


@dataclass(frozen=True, slots=True)
class Reaction:
    """A row to be: who, to what, and the id of the activity (empty without one)."""

    actor_id: ActorId
    post_id: PostId
    uri: str
    visibility: Visibility = Visibility.EVERYONE
    """Of a boost."""


async def find_targets(tx: Tx, asked: Sequence[tuple[ActorId, str]]) -> list[Target | None]:
    """Find the posts of (actor, post URI), in this order, and keep them until ``tx`` ends.

    None: no such post, or not for this actor. Peers do not learn which.
    """
    rows = await tx.fetch(_FIND_TARGETS, [who for who, _ in asked], [uri for _, uri in asked])
    found = {row["ord"]: _target(row) for row in rows}
    return [found.get(ord_) for ord_ in range(1, len(asked) + 1)]


async def insert_likes(tx: Tx, likes: Sequence[Reaction]) -> frozenset[tuple[ActorId, PostId]]:
    """Store likes in one order for every batch; returns those that are new."""
    if not likes:
        return frozenset()
    rows = await tx.fetch(
        _INSERT_LIKES,
        [like.actor_id for like in likes],
        [like.post_id for like in likes],
        [like.uri for like in likes],
    )
    return frozenset((ActorId(row["actor_id"]), PostId(row["post_id"])) for row in rows)


async def insert_boosts(
    tx: Tx, boosts: Sequence[Reaction], now: datetime
) -> dict[tuple[ActorId, PostId], int]:
    """Store boosts in one order for every batch; returns the ids of those that are new."""
    if not boosts:
        return {}
    rows = await tx.fetch(
        _INSERT_BOOSTS,
        [boost.actor_id for boost in boosts],
        [boost.post_id for boost in boosts],
        [boost.uri for boost in boosts],
        [boost.visibility for boost in boosts],
        now,
    )
    return {(ActorId(row["actor_id"]), PostId(row["post_id"])): row["id"] for row in rows}


async def find_liked(conn: Conn, actor_id: ActorId, uri: str) -> PostId | None:
    """Tell which post this actor likes by the id of the Like."""
    return await conn.fetchval(_FIND_LIKED, actor_id, uri)


async def find_boosted(conn: Conn, actor_id: ActorId, uri: str) -> PostId | None:
    """Tell which post this actor boosts by the id of the Announce."""
    return await conn.fetchval(_FIND_BOOSTED, actor_id, uri)


def _target(row: asyncpg.Record) -> Target:
    return Target(
        post_id=PostId(row["post_id"]),
        is_local=row["is_local"],
        visibility=Visibility(row["visibility"]),
        is_own_post=row["is_own_post"],
    )
