"""Rows of ``follows``. SQL of that table lives here only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import asyncpg

from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.follows.model import Follow, FollowState, Terms
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import Page

FOLLOW_COLUMNS: Final = " f.id, f.follower_id, f.target_id, f.state, f.uri, f.created_at "

_LOCK = query(
    "follows.lock",
    "SELECT"
    + FOLLOW_COLUMNS
    + """
      FROM follows f
     WHERE f.follower_id = $1 AND f.target_id = $2
       FOR UPDATE
""",
)

_LOCK_OF_TARGET = query(
    "follows.lock_of_target",
    "SELECT"
    + FOLLOW_COLUMNS
    + """
      FROM follows f
     WHERE f.uri = $1 AND f.target_id = $2
     ORDER BY f.id DESC
     LIMIT 1
       FOR UPDATE
""",
)

_LOCK_OF_FOLLOWER = query(
    "follows.lock_of_follower",
    "SELECT"
    + FOLLOW_COLUMNS
    + """
      FROM follows f
     WHERE f.uri = $1 AND f.follower_id = $2
     ORDER BY f.id DESC
     LIMIT 1
       FOR UPDATE
""",
)

_UPSERT = query(
    "follows.upsert",
    """
    INSERT INTO follows AS f (follower_id, target_id, state, uri, accepted_at)
    VALUES ($1, $2, $3, $4, CASE WHEN $3 = 'accepted' THEN $5::timestamptz END)
    ON CONFLICT (follower_id, target_id) DO UPDATE
       SET uri = excluded.uri,
           state = CASE WHEN f.state = 'accepted' THEN f.state ELSE excluded.state END,
           accepted_at = coalesce(f.accepted_at, excluded.accepted_at)
    RETURNING"""
    + FOLLOW_COLUMNS,
)

_CHANGE_TERMS = query(
    "follows.change_terms",
    """
    UPDATE follows
       SET notify = coalesce($3::boolean, notify),
           boosts = coalesce($4::boolean, boosts),
           languages = CASE WHEN $5::text[] IS NULL THEN languages
                            WHEN $5 = '{}' THEN NULL ELSE $5 END
     WHERE follower_id = $1 AND target_id = $2
""",
)

_ACCEPT = query(
    "follows.accept",
    """
    UPDATE follows f
       SET state = 'accepted', accepted_at = $3
     WHERE f.follower_id = $1 AND f.target_id = $2 AND f.state = 'pending'
    RETURNING"""
    + FOLLOW_COLUMNS,
)

_DELETE = query(
    "follows.delete",
    """
    DELETE FROM follows f
     WHERE f.follower_id = $1 AND f.target_id = $2
    RETURNING"""
    + FOLLOW_COLUMNS,
)

_DELETE_OF_ACTOR = query(
    "follows.delete_of_actor",
    """
    DELETE FROM follows f
     WHERE f.follower_id = $1 OR f.target_id = $1
    RETURNING"""
    + FOLLOW_COLUMNS,
)

_SHOWN: Final = " AND a.suspended_at IS NULL AND a.gone_at IS NULL" + between("f.id", at=2)

_FOLLOWERS: Final = (
    "SELECT f.id AS cursor,"
    + ACTOR_COLUMNS
    + """
      FROM follows f JOIN actors a ON a.id = f.follower_id
     WHERE f.target_id = $1 AND f.state = $5
"""
    + _SHOWN
)
_FOLLOWING: Final = (
    "SELECT f.id AS cursor,"
    + ACTOR_COLUMNS
    + """
      FROM follows f JOIN actors a ON a.id = f.target_id
     WHERE f.follower_id = $1 AND f.state = $5
"""
    + _SHOWN
)

_LIST_FOLLOWERS = paged("follows.list_followers", _FOLLOWERS, by="f.id", at=2)
_LIST_FOLLOWING = paged("follows.list_following", _FOLLOWING, by="f.id", at=2)

_LIST_WAITING = query(
    "follows.list_waiting",
    "SELECT"
    + ACTOR_COLUMNS
    + """
      FROM follows f JOIN actors a ON a.id = f.follower_id
     WHERE f.target_id = $1 AND f.state = 'pending'
       AND a.suspended_at IS NULL AND a.gone_at IS NULL
     ORDER BY f.follower_id
     LIMIT $2
""",
)

_COUNT = query(
    "follows.count",
    """
    SELECT count(*) FILTER (WHERE f.target_id = $1 AND f.state = 'accepted') AS followers,
           count(*) FILTER (WHERE f.follower_id = $1 AND f.state = 'accepted') AS following,
           count(*) FILTER (WHERE f.target_id = $1 AND f.state = 'pending') AS requests
      FROM follows f
      JOIN actors a ON a.id = CASE WHEN f.target_id = $1 THEN f.follower_id ELSE f.target_id END
     WHERE (f.target_id = $1 OR f.follower_id = $1)
       AND a.suspended_at IS NULL AND a.gone_at IS NULL
""",
)

_LOCALLY_FOLLOWED = query(
    "follows.list_locally_followed",
    """
    SELECT t.id
      FROM unnest($1::bigint[]) AS t (id)
     WHERE EXISTS (
        SELECT FROM follows f
          JOIN actors a ON a.id = f.follower_id AND a.is_local
         WHERE f.target_id = t.id AND f.state = 'accepted')
""",
)


async def lock_follow(tx: Tx, follower_id: ActorId, target_id: ActorId) -> Follow | None:
    """Read a follow or request and hold its row: a yes and an Undo at once queue here."""
    row = await tx.fetchrow(_LOCK, follower_id, target_id)
    return None if row is None else follow_of(row)


async def lock_follow_of_target(tx: Tx, uri: str, target_id: ActorId) -> Follow | None:
    """Find the newest follow of this actor by the id of its activity."""
    row = await tx.fetchrow(_LOCK_OF_TARGET, uri, target_id)
    return None if row is None else follow_of(row)


async def lock_follow_of_follower(tx: Tx, uri: str, follower_id: ActorId) -> Follow | None:
    """Find the newest follow by this actor by the id of its activity.

    Ids are not unique: a server may send one id for everybody its actor follows.
    """
    row = await tx.fetchrow(_LOCK_OF_FOLLOWER, uri, follower_id)
    return None if row is None else follow_of(row)


async def upsert_follow(
    tx: Tx,
    follower_id: ActorId,
    target_id: ActorId,
    *,
    state: FollowState,
    uri: str,
    now: datetime,
) -> Follow:
    """Store a Follow, or renew the id of one that stands. An accepted one stays accepted."""
    row = await tx.fetchrow(_UPSERT, follower_id, target_id, state, uri, now)
    assert row is not None  # noqa: S101  # RETURNING of an upsert
    return follow_of(row)


async def change_terms(tx: Tx, follower_id: ActorId, target_id: ActorId, terms: Terms) -> None:
    """Remember what a follow brings; what is None in ``terms`` stays."""
    languages = None if terms.languages is None else list(terms.languages)
    await tx.execute(_CHANGE_TERMS, follower_id, target_id, terms.notify, terms.boosts, languages)


async def accept_follow(
    tx: Tx, follower_id: ActorId, target_id: ActorId, *, now: datetime
) -> Follow | None:
    """Turn a request into a follow; None where no request waits (any more)."""
    row = await tx.fetchrow(_ACCEPT, follower_id, target_id, now)
    return None if row is None else follow_of(row)


async def delete_follow(tx: Tx, follower_id: ActorId, target_id: ActorId) -> Follow | None:
    """Remove a follow or a request and return what it was; None if there was none."""
    row = await tx.fetchrow(_DELETE, follower_id, target_id)
    return None if row is None else follow_of(row)


async def delete_follows_of(tx: Tx, actor_id: ActorId) -> list[Follow]:
    """Remove every follow of and by an actor."""
    return [follow_of(row) for row in await tx.fetch(_DELETE_OF_ACTOR, actor_id)]


async def list_followers(
    conn: Conn, target_id: ActorId, page: Page, *, state: FollowState = FollowState.ACCEPTED
) -> list[tuple[int, Actor]]:
    """List (cursor, follower), newest first, without suspended and gone ones.

    With ``PENDING``: who waits for the target's yes.
    """
    return _actors(await read_page(conn, _LIST_FOLLOWERS, page, target_id, state))


async def list_waiting(conn: Conn, target_id: ActorId, limit: int) -> list[Actor]:
    """Some who wait for the target's yes, in no order that says anything."""
    return [actor_of(row) for row in await conn.fetch(_LIST_WAITING, target_id, limit)]


async def list_following(
    conn: Conn, follower_id: ActorId, page: Page, *, state: FollowState = FollowState.ACCEPTED
) -> list[tuple[int, Actor]]:
    """List (cursor, followed actor), newest first, without suspended and gone ones."""
    return _actors(await read_page(conn, _LIST_FOLLOWING, page, follower_id, state))


async def count_follows(conn: Conn, actor_id: ActorId) -> tuple[int, int, int]:
    """Count (followers, following, waiting requests). For the owner only: see TRAPS 28."""
    row = await conn.fetchrow(_COUNT, actor_id)
    return (0, 0, 0) if row is None else (row["followers"], row["following"], row["requests"])


async def list_locally_followed(conn: Conn, ids: Sequence[ActorId]) -> frozenset[ActorId]:
    """Tell which of these actors some member here follows."""
    return frozenset(ActorId(row["id"]) for row in await conn.fetch(_LOCALLY_FOLLOWED, list(ids)))


def _actors(rows: Sequence[asyncpg.Record]) -> list[tuple[int, Actor]]:
    return [(row["cursor"], actor_of(row)) for row in rows]


def follow_of(row: asyncpg.Record) -> Follow:
    return Follow(
        id=row["id"],
        follower_id=ActorId(row["follower_id"]),
        target_id=ActorId(row["target_id"]),
        state=FollowState(row["state"]),
        uri=row["uri"],
        created_at=row["created_at"],
    )
