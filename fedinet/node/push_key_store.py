"""The one row of ``push_key``. SQL of the table lives here only."""

from dataclasses import dataclass
from typing import Final

from fedinet.db.query import Conn, Pool, query
from fedinet.node.resealing import sealed_column

_FIND = query("node.find_push_key", "SELECT public_point, private_sealed FROM push_key")

_INSERT = query(
    "node.insert_push_key",
    """
    INSERT INTO push_key (public_point, private_sealed)
    VALUES ($1, $2)
        ON CONFLICT (singleton) DO NOTHING
""",
)


_DELETE = query("node.delete_push_key", "DELETE FROM push_key")


SEALED: Final = sealed_column("node", "push_key", "private_sealed", key="singleton", of="boolean")


@dataclass(frozen=True, slots=True)
class StoredPushKey:
    public_point: bytes
    private_sealed: bytes


async def find_push_key(conn: Conn | Pool) -> StoredPushKey | None:
    row = await conn.fetchrow(_FIND)
    return None if row is None else StoredPushKey(row["public_point"], row["private_sealed"])


async def insert_push_key(conn: Conn | Pool, key: StoredPushKey) -> None:
    """Keep a pair; of two processes that make one at once, the first one's stands."""
    await conn.execute(_INSERT, key.public_point, key.private_sealed)


async def delete_push_key(conn: Conn | Pool) -> None:
    """Throw the pair away: the next who asks makes another."""
    await conn.execute(_DELETE)
