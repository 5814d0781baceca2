"""Rows of ``join_readings``, and who may read and let in. SQL of the table lives here only."""

from typing import Final

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.joining.model import Reading, Says
from fedinet.kernel.ids import AccountId

_READ = query(
    "joining.upsert_reading",
    """
    INSERT INTO join_readings (request_id, account_id, says, note, reason, read_at)
    VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (request_id, account_id) DO UPDATE
       SET says = excluded.says, note = excluded.note, reason = excluded.reason,
           read_at = excluded.read_at
""",
)

_LIST_READINGS = query(
    "joining.list_readings",
    """
    SELECT j.account_id, j.says, j.note, j.reason, j.read_at,
           coalesce(nullif(r.name, ''), r.username) AS name,
           a.role <> 'member' AND a.disabled_at IS NULL AND a.frozen_at IS NULL
           AND r.suspended_at IS NULL AS counts
      FROM join_readings j
      JOIN accounts a ON a.id = j.account_id
      JOIN actors r ON r.id = a.actor_id
     WHERE j.request_id = $1
     ORDER BY j.read_at, j.account_id
""",
)

STEWARDS: Final = """
      FROM accounts a
      JOIN actors r ON r.id = a.actor_id
     WHERE a.role <> 'member' AND a.disabled_at IS NULL AND a.frozen_at IS NULL
       AND r.suspended_at IS NULL
"""
"""Those who could read."""

_FIND_HOST = query(
    "joining.find_host",
    """
    SELECT a.id
      FROM accounts a
      JOIN actors r ON r.id = a.actor_id
     WHERE (a.id = $1 OR a.role = 'owner') AND a.disabled_at IS NULL AND a.frozen_at IS NULL
       AND r.suspended_at IS NULL
     ORDER BY coalesce(a.id = $1, false) DESC, a.id
     LIMIT 1
""",
)


async def upsert_reading(tx: Tx, request_id: int, reading: Reading) -> None:
    """Note what a steward says; who says something else later has said that."""
    await tx.execute(
        _READ,
        request_id,
        reading.account_id,
        reading.says,
        reading.note,
        reading.reason,
        reading.read_at,
    )


async def list_readings(conn: Conn | Pool, request_id: int) -> list[Reading]:
    """What stewards said, the first first."""
    return [
        Reading(
            account_id=AccountId(row["account_id"]),
            says=Says(row["says"]),
            note=row["note"],
            reason=row["reason"],
            read_at=row["read_at"],
            name=row["name"],
            counts=row["counts"],
        )
        for row in await conn.fetch(_LIST_READINGS, request_id)
    ]


async def find_host(conn: Conn, wanted: AccountId | None) -> AccountId | None:
    """Who lets somebody in: the one who was to, or else an owner. None: nobody can."""
    found = await conn.fetchval(_FIND_HOST, wanted)
    return None if found is None else AccountId(found)
