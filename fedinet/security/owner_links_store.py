"""Rows of ``owner_links``: how an owner gets in when nobody signs in. SQL lives here only."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import AccountId

LIVES: Final = timedelta(minutes=15)

_INSERT = query(
    "security.insert_owner_link",
    """
    WITH before AS (DELETE FROM owner_links WHERE account_id = $2)
    INSERT INTO owner_links (token_hash, account_id, expires_at) VALUES ($1, $2, $3)
""",
)

_IS_OPEN = query(
    "security.has_owner_link",
    "SELECT EXISTS (SELECT FROM owner_links WHERE token_hash = $1 AND expires_at > $2)",
)

_USE = query(
    "security.use_owner_link",
    """
    DELETE FROM owner_links l
     USING accounts a
     WHERE l.token_hash = $1 AND l.expires_at > $2
       AND a.id = l.account_id AND a.role = 'owner'
    RETURNING l.account_id
""",
)

_PRUNE = query("security.prune_owner_links", "DELETE FROM owner_links WHERE expires_at < $1")


async def new_owner_link(tx: Tx, account_id: AccountId, *, now: datetime) -> str:
    """Make a token that lets an owner in once, for a quarter of an hour; an older one dies."""
    token = secrets.token_urlsafe(24)
    await tx.execute(_INSERT, _hash(token), account_id, now + LIVES)
    return token


async def is_owner_link(conn: Conn | Pool, token: str, *, now: datetime) -> bool:
    """Tell whether a token would work, without using it."""
    return bool(await conn.fetchval(_IS_OPEN, _hash(token), now))


async def use_owner_link(tx: Tx, token: str, *, now: datetime) -> AccountId | None:
    """Use a token up; None: unknown, used, too old, or not an owner's any more."""
    found = await tx.fetchval(_USE, _hash(token), now)
    return None if found is None else AccountId(found)


async def prune_owner_links(pool: Pool, *, now: datetime) -> None:
    await pool.execute(_PRUNE, now)


def _hash(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
