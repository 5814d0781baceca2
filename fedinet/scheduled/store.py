"""Rows of ``scheduled_posts``. SQL of that table lives here only."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final, cast

import asyncpg
import msgspec

from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import Page
from fedinet.posts.model import Draft
from fedinet.scheduled.model import ScheduledPost

_COLUMNS: Final = " id, actor_id, due_at, draft, app_id, idempotency_key, problem, problem_values "

_LOCK_OWNER = query(
    "scheduled.lock_owner",
    "SELECT pg_advisory_xact_lock(hashtextextended('scheduled ' || $1::bigint, 0))",
)

_COUNT = query(
    "scheduled.count",
    """
    SELECT count(*) AS in_all,
           count(*) FILTER (WHERE (due_at AT TIME ZONE 'UTC')::date
                                  = ($2::timestamptz AT TIME ZONE 'UTC')::date) AS that_day
      FROM scheduled_posts
     WHERE actor_id = $1 AND id <> $3
""",
)

_INSERT = query(
    "scheduled.insert",
    """
    INSERT INTO scheduled_posts (actor_id, due_at, draft, app_id, idempotency_key)
    VALUES ($1, $2, $3::jsonb, $4, $5)
    RETURNING"""
    + _COLUMNS,
)

_FIND = query("scheduled.find", "SELECT" + _COLUMNS + "FROM scheduled_posts WHERE id = $1")

_LOCK = query(
    "scheduled.lock", "SELECT" + _COLUMNS + "FROM scheduled_posts WHERE id = $1 FOR UPDATE"
)

_FIND_BY_KEY = query(
    "scheduled.find_by_key",
    "SELECT" + _COLUMNS + "FROM scheduled_posts WHERE actor_id = $1 AND idempotency_key = $2",
)

_FIND_MANY = query(
    "scheduled.find_many",
    "SELECT" + _COLUMNS + "FROM scheduled_posts WHERE id = ANY ($1::bigint[])",
)

_LIST = paged(
    "scheduled.list",
    "SELECT"
    + _COLUMNS
    + "FROM scheduled_posts WHERE actor_id = $1 AND ($2::boolean OR problem IS NULL)"
    + between("id"),
    by="id",
)

_MOVE = query(
    "scheduled.move",
    """
    UPDATE scheduled_posts
       SET due_at = $2, problem = NULL, problem_values = '{}'
     WHERE id = $1
    RETURNING"""
    + _COLUMNS,
)

_REWRITE = query(
    "scheduled.rewrite",
    """
    UPDATE scheduled_posts
       SET due_at = $2, draft = $3::jsonb, problem = NULL, problem_values = '{}'
     WHERE id = $1
    RETURNING"""
    + _COLUMNS,
)

_FAIL = query(
    "scheduled.fail",
    "UPDATE scheduled_posts SET problem = $2, problem_values = $3::jsonb WHERE id = $1",
)

_DELETE = query("scheduled.delete", "DELETE FROM scheduled_posts WHERE id = $1")


async def lock_owner(tx: Tx, owner_id: ActorId) -> None:
    """Let nobody else add to this member's scheduled posts until the end of the transaction."""
    await tx.execute(_LOCK_OWNER, owner_id)


async def count(
    conn: Conn, owner_id: ActorId, day: datetime, *, besides: int = 0
) -> tuple[int, int]:
    """Count a member's scheduled posts, in all and on the day (UTC) of ``day``."""
    row = await conn.fetchrow(_COUNT, owner_id, day, besides)
    return (0, 0) if row is None else (row["in_all"], row["that_day"])


async def insert(
    tx: Tx,
    owner_id: ActorId,
    due_at: datetime,
    draft: Draft,
    *,
    app_id: int | None,
    key: str | None,
) -> ScheduledPost:
    row = await tx.fetchrow(
        _INSERT, owner_id, due_at, msgspec.json.encode(draft).decode(), app_id, key
    )
    if row is None:
        raise AssertionError("an INSERT returns its row")
    return _scheduled(row)


async def find(conn: Conn | Pool, scheduled_id: int) -> ScheduledPost | None:
    row = await conn.fetchrow(_FIND, scheduled_id)
    return None if row is None else _scheduled(row)


async def lock(tx: Tx, scheduled_id: int) -> ScheduledPost | None:
    """The same, held until ``tx`` ends."""
    row = await tx.fetchrow(_LOCK, scheduled_id)
    return None if row is None else _scheduled(row)


async def find_by_key(conn: Conn | Pool, owner_id: ActorId, key: str) -> ScheduledPost | None:
    """What was scheduled with this key, by an app or a form."""
    row = await conn.fetchrow(_FIND_BY_KEY, owner_id, key)
    return None if row is None else _scheduled(row)


async def find_many(conn: Conn, scheduled_ids: Collection[int]) -> dict[int, ScheduledPost]:
    rows = await conn.fetch(_FIND_MANY, list(scheduled_ids))
    return {row["id"]: _scheduled(row) for row in rows}


async def list_scheduled(
    conn: Conn, owner_id: ActorId, page: Page, *, with_failed: bool = True
) -> list[ScheduledPost]:
    """A member's scheduled posts, the last written first."""
    rows = await read_page(conn, _LIST, page, owner_id, with_failed)
    return [_scheduled(row) for row in rows]


async def move(tx: Tx, scheduled_id: int, due_at: datetime) -> ScheduledPost:
    """Publish at another time one that the caller holds; what went wrong before is forgotten."""
    row = await tx.fetchrow(_MOVE, scheduled_id, due_at)
    if row is None:
        raise AssertionError("the caller holds the row")
    return _scheduled(row)


async def rewrite(tx: Tx, scheduled_id: int, due_at: datetime, draft: Draft) -> ScheduledPost:
    """The same with another draft."""
    row = await tx.fetchrow(_REWRITE, scheduled_id, due_at, msgspec.json.encode(draft).decode())
    if row is None:
        raise AssertionError("the caller holds the row")
    return _scheduled(row)


async def fail(tx: Tx, scheduled_id: int, problem: str, values: Mapping[str, object]) -> None:
    """Write down why it was not published."""
    await tx.execute(_FAIL, scheduled_id, problem, msgspec.json.encode(dict(values)).decode())


async def delete(tx: Tx, scheduled_id: int) -> None:
    await tx.execute(_DELETE, scheduled_id)


def _scheduled(row: asyncpg.Record) -> ScheduledPost:
    return ScheduledPost(
        id=row["id"],
        actor_id=ActorId(row["actor_id"]),
        due_at=row["due_at"],
        draft=msgspec.json.decode(row["draft"], type=Draft),
        app_id=row["app_id"],
        idempotency_key=row["idempotency_key"],
        problem=row["problem"] or "",
        problem_values=cast("Mapping[str, object]", msgspec.json.decode(row["problem_values"])),
    )
