"""Rows of ``frozen_follows``: follows that policy has put aside. SQL lives here only."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from fedinet.db.query import Conn, Tx, query
from fedinet.follows.cuts_store import Pairs
from fedinet.kernel.ids import ActorId, ActorUri

KEPT_DAYS = 30
"""Then a frozen follow is severed for good."""

_LIST_ORIGINS = query(
    "follows.list_origins",
    """
    SELECT origin, bool_or(NOT is_frozen) AS has_follows, bool_or(is_frozen) AS has_frozen
      FROM (SELECT a.origin, false AS is_frozen
              FROM follows f JOIN actors a ON a.id = f.follower_id
             WHERE NOT a.is_local
             UNION
            SELECT a.origin, false
              FROM follows f JOIN actors a ON a.id = f.target_id
             WHERE NOT a.is_local
             UNION
            SELECT origin, true FROM frozen_follows) AS known
     GROUP BY origin
""",
)

_FREEZE = query(
    "follows.freeze",
    """
    WITH aside AS (
        DELETE FROM follows f
         USING actors a
         WHERE a.origin = $1 AND NOT a.is_local AND a.id IN (f.follower_id, f.target_id)
        RETURNING f.follower_id, f.target_id, f.state, f.uri, f.created_at, f.accepted_at
    )
    INSERT INTO frozen_follows (follower_id, target_id, origin, state, uri, created_at, accepted_at)
    SELECT follower_id, target_id, $1, state, uri, created_at, accepted_at
      FROM aside
        ON CONFLICT (follower_id, target_id) DO NOTHING
    RETURNING follower_id, target_id
""",
)

_THAW = query(
    "follows.thaw",
    """
    WITH back AS (
        DELETE FROM frozen_follows
         WHERE origin = $1
        RETURNING follower_id, target_id, state, uri, created_at, accepted_at
    ), restored AS (
        INSERT INTO follows (follower_id, target_id, state, uri, created_at, accepted_at)
        SELECT follower_id, target_id, state, uri, created_at, accepted_at
          FROM back
         ORDER BY follower_id, target_id
            ON CONFLICT (follower_id, target_id) DO NOTHING
        RETURNING follower_id, target_id, uri
    )
    SELECT r.follower_id, r.target_id, r.uri, me.uri AS follower_uri, them.uri AS target_uri,
           me.is_local
      FROM restored r
      JOIN actors me ON me.id = r.follower_id
      JOIN actors them ON them.id = r.target_id
""",
)

_SEVER = query(
    "follows.sever",
    """
    WITH put_aside AS (
        DELETE FROM frozen_follows WHERE origin = $1
        RETURNING follower_id, target_id
    ), ended AS (
        DELETE FROM follows f
         USING actors a
         WHERE a.origin = $1 AND NOT a.is_local AND a.id IN (f.follower_id, f.target_id)
        RETURNING f.follower_id, f.target_id
    )
    SELECT follower_id, target_id FROM put_aside
     UNION
    SELECT follower_id, target_id FROM ended
""",
)

_SEVER_OLD = query(
    "follows.sever_frozen",
    """
    DELETE FROM frozen_follows
     WHERE frozen_at < now() - make_interval(days => $1)
    RETURNING follower_id, target_id
""",
)

_FROZEN_OF = query(
    "follows.list_frozen_origins_of",
    """
    SELECT origin FROM frozen_follows WHERE follower_id = $1
     UNION
    SELECT origin FROM frozen_follows WHERE target_id = $1
     LIMIT 200
""",
)


@dataclass(frozen=True, slots=True)
class Thawed:
    """A follow that holds again."""

    follower_id: ActorId
    target_id: ActorId
    uri: str
    follower_uri: ActorUri
    target_uri: ActorUri
    is_ours: bool
    """One of our people follows somebody there."""


@dataclass(frozen=True, slots=True)
class FollowedOrigin:
    """A server, and which follows there are with it."""

    origin: str
    has_follows: bool
    has_frozen: bool


async def list_origins(conn: Conn) -> Sequence[FollowedOrigin]:
    """List the servers with which somebody here has follows, frozen ones too."""
    return [
        FollowedOrigin(row["origin"], row["has_follows"], row["has_frozen"])
        for row in await conn.fetch(_LIST_ORIGINS)
    ]


async def list_frozen_origins(conn: Conn, actor_id: ActorId) -> Sequence[str]:
    """List the servers with which somebody's follows are put aside now."""
    return [row["origin"] for row in await conn.fetch(_FROZEN_OF, actor_id)]


async def freeze(tx: Tx, origin: str) -> Pairs:
    """Put aside all follows with a server. Returns which."""
    return _pairs(await tx.fetch(_FREEZE, origin))


async def thaw(tx: Tx, origin: str) -> Sequence[Thawed]:
    """Let the follows with a server hold again, as they were. Those made anew meanwhile stay."""
    return [
        Thawed(
            ActorId(row["follower_id"]),
            ActorId(row["target_id"]),
            row["uri"],
            ActorUri(row["follower_uri"]),
            ActorUri(row["target_uri"]),
            row["is_local"],
        )
        for row in await tx.fetch(_THAW, origin)
    ]


async def sever(tx: Tx, origin: str) -> Pairs:
    """End all follows with a server for good, frozen ones too. Returns which."""
    return _pairs(await tx.fetch(_SEVER, origin))


async def sever_old(tx: Tx) -> Pairs:
    """Forget what has been frozen for 30 days. Returns which follows that were."""
    return _pairs(await tx.fetch(_SEVER_OLD, KEPT_DAYS))


def _pairs(rows: Sequence[asyncpg.Record]) -> Pairs:
    return [(ActorId(row["follower_id"]), ActorId(row["target_id"])) for row in rows]
