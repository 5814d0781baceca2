"""Rows of ``reason_texts``. SQL lives here only."""

from collections.abc import Mapping
from typing import Final

import asyncpg
import msgspec

from fedinet.db.query import Conn, Tx, query
from fedinet.moderation.model import Category
from fedinet.moderation.reasons import MAX_REASONS, Reason, ReasonWords

_COLUMNS: Final = """
    SELECT id, key, category, words, retired_at IS NOT NULL AS is_retired
      FROM reason_texts
"""

_LOCK = query(
    "moderation.lock_reasons", "SELECT pg_advisory_xact_lock(hashtextextended('reason texts', 0))"
)

_LIST = query(
    "moderation.list_reasons",
    _COLUMNS + f" ORDER BY retired_at IS NOT NULL, id LIMIT {MAX_REASONS * 4}",
)

_FIND = query("moderation.find_reason", _COLUMNS + " WHERE id = $1")

_INSERT = query(
    "moderation.insert_reason",
    "INSERT INTO reason_texts (category, words) VALUES ($1, $2::jsonb) RETURNING id",
)

_UPDATE = query(
    "moderation.update_reason",
    "UPDATE reason_texts SET category = $2, words = $3::jsonb WHERE id = $1 RETURNING id",
)

_RETIRE = query(
    "moderation.retire_reason",
    """
    UPDATE reason_texts
       SET retired_at = CASE WHEN $2 THEN coalesce(retired_at, now()) END
     WHERE id = $1
    RETURNING id
""",
)


async def lock_reasons(tx: Tx) -> None:
    """Let new reasons queue: how many there are is of all of them together."""
    await tx.execute(_LOCK)


async def list_reasons(conn: Conn) -> list[Reason]:
    """Those in use, the oldest first; then those that are not any more."""
    return [_reason(row) for row in await conn.fetch(_LIST)]


async def find_reason(conn: Conn, reason_id: int) -> Reason | None:
    row = await conn.fetchrow(_FIND, reason_id) if 0 < reason_id < 2**31 else None
    return None if row is None else _reason(row)


async def insert_reason(
    tx: Tx, category: Category | None, written: Mapping[str, ReasonWords]
) -> int:
    return int(await tx.fetchval(_INSERT, category, _encoded(written)))


async def update_reason(
    tx: Tx, reason_id: int, category: Category | None, written: Mapping[str, ReasonWords]
) -> bool:
    """Write a reason anew. False: there is none."""
    return await tx.fetchval(_UPDATE, reason_id, category, _encoded(written)) is not None


async def retire(tx: Tx, reason_id: int, *, retired: bool) -> bool:
    """Offer it no more, or again. False: there is none."""
    return await tx.fetchval(_RETIRE, reason_id, retired) is not None


def _encoded(written: Mapping[str, ReasonWords]) -> str:
    return msgspec.json.encode(dict(written)).decode()


def _reason(row: asyncpg.Record) -> Reason:
    return Reason(
        id=row["id"],
        key=row["key"],
        category=row["category"],
        written=msgspec.json.decode(row["words"], type=dict[str, ReasonWords]),
        is_retired=row["is_retired"],
    )
