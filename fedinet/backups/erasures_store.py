"""Rows of ``erasures``, and what a replay looks for. SQL is here only."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from fedinet.db.query import Conn, Pool, Tx, query

ERASURES_CHANNEL = "fedinet_erasures"

_TAKE = query(
    "backups.take_erasures",
    """
    DELETE FROM erasures
     WHERE id = ANY (ARRAY(
        SELECT id FROM erasures ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED))
    RETURNING kind, key, at
""",
)

_FORGET_ALL = query("backups.forget_erasures", "DELETE FROM erasures")

_OLDEST = query(
    "backups.oldest_there",
    """
    SELECT min(ended_at) AS oldest FROM backup_runs
     WHERE kind = 'make' AND ended_at IS NOT NULL AND outcome = 'done' AND gone_at IS NULL
""",
)

_LIST_ADDRESSES = query(
    "backups.list_addresses",
    """
    SELECT id, actor_id, encode(sha256(convert_to(lower(email), 'UTF8')), 'hex') AS digest
      FROM accounts
     WHERE email IS NOT NULL AND actor_id = ANY ($1::bigint[])
""",
)


async def take(tx: Tx, limit: int) -> Sequence[tuple[str, str, datetime]]:
    """Take kind, key and time of the oldest out of the table. They are lost unless written."""
    return [(row["kind"], row["key"], row["at"]) for row in await tx.fetch(_TAKE, limit)]


async def forget_all(tx: Tx) -> None:
    """What a replay itself erased is in the journal already."""
    await tx.execute(_FORGET_ALL)


async def find_oldest_backup(conn: Conn | Pool) -> datetime | None:
    """When the oldest backup that is still there was made."""
    return await conn.fetchval(_OLDEST)


async def list_addresses(conn: Conn, actor_ids: Iterable[int]) -> Sequence[tuple[int, int, str]]:
    """Account, actor, and the digest of their present address, of those who have one."""
    rows = await conn.fetch(_LIST_ADDRESSES, list(actor_ids))
    return [(row["id"], row["actor_id"], row["digest"]) for row in rows]
