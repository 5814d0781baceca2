"""Rows of ``blocks`` and ``mutes``. SQL of these tables lives here only."""

from datetime import datetime
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.audiences.gate import keeps_server_away
from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import Page

_INSERT_BLOCK = query(
    "follows.insert_block",
    """
    INSERT INTO blocks (actor_id, target_id, uri)
    VALUES ($1, $2, $3)
    ON CONFLICT (actor_id, target_id) DO NOTHING
    RETURNING id
""",
)

_DELETE_BLOCK = query(
    "follows.delete_block",
    "DELETE FROM blocks WHERE actor_id = $1 AND target_id = $2 RETURNING coalesce(uri, '')",
)

_FIND_BLOCK_BY_URI = query(
    "follows.find_block_by_uri",
    "SELECT target_id FROM blocks WHERE actor_id = $1 AND uri = $2 LIMIT 1",
)

_IS_BLOCKED = query(
    "follows.is_blocked",
    """
    SELECT EXISTS (
        SELECT FROM blocks
         WHERE (actor_id = $1 AND target_id = $2) OR (actor_id = $2 AND target_id = $1))
        OR"""
    + keeps_server_away("$1", "$2")
    + "OR"
    + keeps_server_away("$2", "$1"),
)

_DELETE_OF_ACTOR = query(
    "follows.delete_blocks_of_actor",
    """
    WITH mutes_gone AS (DELETE FROM mutes WHERE actor_id = $1 OR target_id = $1)
    DELETE FROM blocks WHERE actor_id = $1 OR target_id = $1
""",
)

_UPSERT_MUTE = query(
    "follows.upsert_mute",
    """
    INSERT INTO mutes (actor_id, target_id, until)
    VALUES ($1, $2, $3)
    ON CONFLICT (actor_id, target_id) DO UPDATE SET until = excluded.until
""",
)

_DELETE_MUTE = query(
    "follows.delete_mute",
    "DELETE FROM mutes WHERE actor_id = $1 AND target_id = $2 RETURNING id",
)

_BLOCKED: Final = (
    "SELECT b.id AS cursor,"
    + ACTOR_COLUMNS
    + """
      FROM blocks b JOIN actors a ON a.id = b.target_id
     WHERE b.actor_id = $1"""
    + between("b.id", at=2)
)
_MUTED: Final = (
    "SELECT m.id AS cursor, m.until,"
    + ACTOR_COLUMNS
    + """
      FROM mutes m JOIN actors a ON a.id = m.target_id
     WHERE m.actor_id = $1 AND (m.until IS NULL OR m.until > now())"""
    + between("m.id", at=2)
)
_LIST_BLOCKED = paged("follows.list_blocked", _BLOCKED, by="b.id", at=2)
_LIST_MUTED = paged("follows.list_muted", _MUTED, by="m.id", at=2)


async def insert_block(tx: Tx, actor_id: ActorId, target_id: ActorId, *, uri: str | None) -> bool:
    """Record that ``actor_id`` blocks; False if it did before."""
    return await tx.fetchval(_INSERT_BLOCK, actor_id, target_id, uri) is not None


async def delete_block(tx: Tx, actor_id: ActorId, target_id: ActorId) -> str | None:
    """Lift a block and return the id of its activity, ``""`` without one; None: no such block."""
    return await tx.fetchval(_DELETE_BLOCK, actor_id, target_id)


async def find_block_by_uri(conn: Conn, actor_id: ActorId, uri: str) -> ActorId | None:
    """Tell whom ``actor_id`` blocked with this activity."""
    return await conn.fetchval(_FIND_BLOCK_BY_URI, actor_id, uri)


async def is_blocked(conn: Conn, one: ActorId, other: ActorId) -> bool:
    """Tell whether either of the two blocks the other."""
    return bool(await conn.fetchval(_IS_BLOCKED, one, other))


async def delete_blocks_of(tx: Tx, actor_id: ActorId) -> None:
    """Forget every block and mute of and by an actor that is gone."""
    await tx.execute(_DELETE_OF_ACTOR, actor_id)


async def upsert_mute(
    tx: Tx, actor_id: ActorId, target_id: ActorId, *, until: datetime | None
) -> None:
    """Mute, or change until when. None: until lifted."""
    await tx.execute(_UPSERT_MUTE, actor_id, target_id, until)


async def delete_mute(tx: Tx, actor_id: ActorId, target_id: ActorId) -> bool:
    return await tx.fetchval(_DELETE_MUTE, actor_id, target_id) is not None


async def list_blocked(conn: Conn, actor_id: ActorId, page: Page) -> list[tuple[int, Actor]]:
    """List (cursor, actor) whom ``actor_id`` blocks, newest first."""
    rows = await read_page(conn, _LIST_BLOCKED, page, actor_id)
    return [(row["cursor"], actor_of(row)) for row in rows]


async def list_muted(
    conn: Conn, actor_id: ActorId, page: Page
) -> list[tuple[int, Actor, datetime | None]]:
    """List (cursor, actor, until) whom ``actor_id`` mutes now, newest first."""
    rows = await read_page(conn, _LIST_MUTED, page, actor_id)
    return [(row["cursor"], actor_of(row), row["until"]) for row in rows]
