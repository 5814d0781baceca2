"""Rows of ``lists`` and ``list_members``. SQL that writes them lives here only."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import asyncpg

from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId, first_id_at
from fedinet.kernel.paging import Page
from fedinet.lists.model import List, RepliesPolicy

_COLUMNS: Final = "id, owner_id, title, replies_policy, exclusive"

_LOCK_OWNER = query(
    "lists.lock_owner", "SELECT pg_advisory_xact_lock(hashtextextended('lists ' || $1::bigint, 0))"
)

_COUNT = query("lists.count", "SELECT count(*) FROM lists WHERE owner_id = $1")

_FIND_SINCE = query(
    "lists.find_since",
    f"""
    SELECT {_COLUMNS} FROM lists
     WHERE owner_id = $1 AND title = $2 AND id >= $3
       AND NOT EXISTS (SELECT FROM list_members m WHERE m.list_id = lists.id)
     ORDER BY id
     LIMIT 1
""",
)

_INSERT = query(
    "lists.insert",
    f"""
    INSERT INTO lists (owner_id, title, replies_policy, exclusive)
    VALUES ($1, $2, $3, $4)
    RETURNING {_COLUMNS}
""",
)

_UPDATE = query(
    "lists.update",
    f"""
    UPDATE lists SET title = $2, replies_policy = $3, exclusive = $4
     WHERE id = $1
    RETURNING {_COLUMNS}
""",
)

_DELETE = query("lists.delete", "DELETE FROM lists WHERE id = $1")

_FIND = query("lists.find", f"SELECT {_COLUMNS} FROM lists WHERE id = $1 AND owner_id = $2")

_LIST = query("lists.list", f"SELECT {_COLUMNS} FROM lists WHERE owner_id = $1 ORDER BY id")

_LIST_WITH = query(
    "lists.list_with",
    f"""
    SELECT {_COLUMNS}
      FROM lists
     WHERE owner_id = $1
       AND EXISTS (SELECT FROM list_members m WHERE m.list_id = lists.id AND m.actor_id = $2)
     ORDER BY id
""",
)

_LIST_THOSE_WITH = query(
    "lists.list_those_with",
    f"""
    SELECT {_COLUMNS}
      FROM lists
     WHERE id = ANY ($1::bigint[])
       AND EXISTS (SELECT FROM list_members m WHERE m.list_id = lists.id AND m.actor_id = $2)
""",
)

_FOLLOWED: Final = """
       (a.id = $2 OR EXISTS (
            SELECT FROM follows f WHERE f.follower_id = $2 AND f.target_id = a.id))
"""

_MAY_ADD = query(
    "lists.may_add",
    """
    SELECT a.id
      FROM actors a
     WHERE a.id = ANY ($1::bigint[]) AND a.gone_at IS NULL AND"""
    + _FOLLOWED,
)

_COUNT_MEMBERS = query(
    "lists.count_members", "SELECT count(*) FROM list_members WHERE list_id = $1"
)

_ADD_MEMBERS = query(
    "lists.add_members",
    """
    INSERT INTO list_members (list_id, actor_id)
    SELECT $1, unnest($2::bigint[])
        ON CONFLICT DO NOTHING
    RETURNING actor_id
""",
)

_REMOVE_MEMBERS = query(
    "lists.remove_members",
    "DELETE FROM list_members WHERE list_id = $1 AND actor_id = ANY ($2::bigint[])",
)

_WITHIN = query(
    "lists.those_within",
    "SELECT actor_id FROM list_members WHERE list_id = $1 AND actor_id = ANY ($2::bigint[])",
)

_MEMBERS: Final = (
    "SELECT m.id AS cursor,"
    + ACTOR_COLUMNS
    + """
      FROM list_members m JOIN actors a ON a.id = m.actor_id
     WHERE m.list_id = $1"""
    + between("m.id")
    + """
       AND a.suspended_at IS NULL AND a.gone_at IS NULL
       AND"""
    + _FOLLOWED
)
_LIST_MEMBERS = paged("lists.list_members", _MEMBERS, by="m.id")


async def lock_owner(tx: Tx, owner_id: ActorId) -> None:
    """Let nobody else change this member's lists until the end of the transaction."""
    await tx.execute(_LOCK_OWNER, owner_id)


async def count_lists(conn: Conn, owner_id: ActorId) -> int:
    return int(await conn.fetchval(_COUNT, owner_id) or 0)


async def find_since(conn: Conn, owner_id: ActorId, title: str, earliest: datetime) -> List | None:
    """Find a list of this title, made since then, in which nobody is yet."""
    row = await conn.fetchrow(_FIND_SINCE, owner_id, title, first_id_at(earliest))
    return None if row is None else _list(row)


async def insert_list(
    tx: Tx, owner_id: ActorId, title: str, replies_policy: RepliesPolicy, *, exclusive: bool
) -> List:
    row = await tx.fetchrow(_INSERT, owner_id, title, replies_policy, exclusive)
    assert row is not None  # noqa: S101  # RETURNING of an insert
    return _list(row)


async def update_list(tx: Tx, changed: List) -> List:
    """Write a list that ``lock_owner`` keeps from being deleted meanwhile."""
    row = await tx.fetchrow(
        _UPDATE, changed.id, changed.title, changed.replies_policy, changed.exclusive
    )
    assert row is not None  # noqa: S101  # the caller has read it in this transaction
    return _list(row)


async def delete_list(tx: Tx, list_id: int) -> None:
    await tx.execute(_DELETE, list_id)


async def find_list(conn: Conn, owner_id: ActorId, list_id: int) -> List | None:
    """Read a list of this owner; that of somebody else is none."""
    row = await conn.fetchrow(_FIND, list_id, owner_id)
    return None if row is None else _list(row)


async def list_lists(conn: Conn, owner_id: ActorId) -> list[List]:
    """All of a member's lists, the oldest first; at most ``MAX_LISTS``."""
    return [_list(row) for row in await conn.fetch(_LIST, owner_id)]


async def list_lists_with(conn: Conn, owner_id: ActorId, actor_id: ActorId) -> list[List]:
    """A member's lists in which this actor stands."""
    return [_list(row) for row in await conn.fetch(_LIST_WITH, owner_id, actor_id)]


async def list_those_with(conn: Conn, list_ids: Collection[int], actor_id: ActorId) -> list[List]:
    """Of these lists, whoever owns them, those in which this actor stands."""
    return [_list(row) for row in await conn.fetch(_LIST_THOSE_WITH, list(list_ids), actor_id)]


async def may_add(conn: Conn, owner_id: ActorId, actor_ids: Collection[int]) -> set[ActorId]:
    """Of these, whom the owner follows, has asked to follow, or is."""
    rows = await conn.fetch(_MAY_ADD, list(actor_ids), owner_id)
    return {ActorId(row["id"]) for row in rows}


async def count_members(conn: Conn, list_id: int) -> int:
    """How many rows there are, also of people whom the owner follows no more."""
    return int(await conn.fetchval(_COUNT_MEMBERS, list_id) or 0)


async def add_members(tx: Tx, list_id: int, actor_ids: Collection[ActorId]) -> set[ActorId]:
    """Put people into a list. Returns those who were not in it."""
    rows = await tx.fetch(_ADD_MEMBERS, list_id, sorted(actor_ids))
    return {ActorId(row["actor_id"]) for row in rows}


async def remove_members(tx: Tx, list_id: int, actor_ids: Collection[int]) -> None:
    await tx.execute(_REMOVE_MEMBERS, list_id, list(actor_ids))


async def those_within(conn: Conn, list_id: int, actor_ids: Collection[ActorId]) -> set[ActorId]:
    """Of these people, who is in a list."""
    return {ActorId(row["actor_id"]) for row in await conn.fetch(_WITHIN, list_id, actor_ids)}


async def list_members(conn: Conn, of: List, page: Page) -> list[tuple[int, Actor]]:
    """List (cursor, actor) whom the owner follows, the last added first."""
    rows = await read_page(conn, _LIST_MEMBERS, page, of.id, of.owner_id)
    return [(row["cursor"], actor_of(row)) for row in rows]


def _list(row: asyncpg.Record) -> List:
    return List(
        id=row["id"],
        owner_id=ActorId(row["owner_id"]),
        title=row["title"],
        replies_policy=RepliesPolicy(row["replies_policy"]),
        exclusive=row["exclusive"],
    )
