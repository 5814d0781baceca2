"""Rows of ``actor_keys``: of ours as they are made and replaced, of all as they are found.

What other servers say of their keys comes with the actor (``remote_store``).
"""

from collections.abc import Sequence
from typing import Final

from fedinet.actors.model import Actor, NewKey, StoredKey
from fedinet.actors.rows import key_of
from fedinet.actors.store import announce_change, get_actor
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import ActorId
from fedinet.node.resealing import sealed_column

_FIND_KEYS = query(
    "actors.find_keys",
    """
    SELECT id, actor_id, kind, public_der, private_sealed, valid_until
      FROM actor_keys
     WHERE actor_id = $1
     ORDER BY kind DESC, created_at, id
     LIMIT 20
""",
)

_FIND_KEY = query(
    "actors.find_key",
    """
    SELECT id, actor_id, kind, public_der, private_sealed, valid_until
      FROM actor_keys
     WHERE id = $1 AND (valid_until IS NULL OR valid_until > now())
""",
)

_INSERT_KEYS = query(
    "actors.insert_keys",
    """
    INSERT INTO actor_keys (id, actor_id, kind, public_der, private_sealed)
    SELECT k.id, $1, k.kind, k.public_der, k.private_sealed
      FROM unnest($2::text[], $3::text[], $4::bytea[], $5::bytea[])
           AS k (id, kind, public_der, private_sealed)
""",
)

_LOCK_LOCAL = query(
    "actors.lock_local",
    """
    UPDATE actors
       SET revision = revision + 1
     WHERE id = $1 AND is_local AND gone_at IS NULL
     RETURNING id
""",
)

_DELETE_KEYS = query("actors.delete_keys", "DELETE FROM actor_keys WHERE actor_id = $1")


SEALED: Final = sealed_column("actors", "actor_keys", "private_sealed", key="id", of="text")


async def find_keys(conn: Conn | Pool, actor_id: ActorId) -> tuple[StoredKey, ...]:
    """List the keys of an actor, RSA before Ed25519, oldest first."""
    return tuple(map(key_of, await conn.fetch(_FIND_KEYS, actor_id)))


async def find_key(conn: Conn | Pool, key_id: str) -> StoredKey | None:
    """Find a key by its id, unless it has ended."""
    row = await conn.fetchrow(_FIND_KEY, key_id)
    return None if row is None else key_of(row)


async def insert_keys(tx: Tx, actor_id: ActorId, keys: Sequence[NewKey]) -> None:
    await tx.execute(
        _INSERT_KEYS,
        actor_id,
        [key.id for key in keys],
        [key.kind for key in keys],
        [key.public_der for key in keys],
        [key.private_sealed for key in keys],
    )


async def replace_keys(tx: Tx, actor_id: ActorId, keys: Sequence[NewKey]) -> Actor:
    """Give one of ours other keys, and delete those it had. Two at once take turns.

    Raises:
        NotFound: not one of ours, or gone.
    """
    if await tx.fetchval(_LOCK_LOCAL, actor_id) is None:
        raise NotFound(f"no local actor {actor_id}")
    await tx.execute(_DELETE_KEYS, actor_id)
    await insert_keys(tx, actor_id, keys)
    await announce_change(tx, actor_id)
    return await get_actor(tx, actor_id)
