"""Rows of ``pending_sign_ins``: between password and second step. SQL lives here only."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import AccountId
from fedinet.security.model import MAX_ATTEMPTS, PENDING_LIVES

_INSERT = query(
    "security.insert_pending_sign_in",
    """
    INSERT INTO pending_sign_ins (token_hash, account_id, password_mark, stay, there, expires_at)
    SELECT $1, a.id, sha256(convert_to(a.password_hash, 'UTF8')), $3, $4, $5
      FROM accounts a
     WHERE a.id = $2
""",
)

_FIND = query(
    "security.find_pending_sign_in",
    """
    SELECT p.account_id, p.stay, p.there
      FROM pending_sign_ins p
      JOIN accounts a ON a.id = p.account_id
     WHERE p.token_hash = $1 AND p.expires_at > $2 AND p.attempts < $3
       AND a.disabled_at IS NULL
       AND p.password_mark = sha256(convert_to(a.password_hash, 'UTF8'))
""",
)

_LOCK = query(
    "security.lock_pending_sign_in",
    "SELECT attempts FROM pending_sign_ins WHERE token_hash = $1 FOR UPDATE",
)

_COUNT = query(
    "security.count_code",
    "UPDATE pending_sign_ins SET attempts = attempts + 1 WHERE token_hash = $1",
)

_DELETE = query(
    "security.delete_pending_sign_in", "DELETE FROM pending_sign_ins WHERE token_hash = $1"
)

_DELETE_OF_ACCOUNT = query(
    "security.delete_pending_sign_ins", "DELETE FROM pending_sign_ins WHERE account_id = $1"
)

_DELETE_EVERY = query("security.delete_every_pending", "DELETE FROM pending_sign_ins")

_PRUNE = query(
    "security.prune_pending_sign_ins", "DELETE FROM pending_sign_ins WHERE expires_at < $1"
)


@dataclass(frozen=True, slots=True)
class Pending:
    """Whose password was right, and what they asked for with it."""

    account_id: AccountId
    stay: bool
    there: str


async def insert_pending(
    tx: Tx, account_id: AccountId, *, stay: bool, there: str, now: datetime
) -> str:
    """Begin to wait for the second step. Returns the value of the cookie that it waits for."""
    token = secrets.token_urlsafe(32)
    await tx.execute(_INSERT, _hash(token), account_id, stay, there, now + PENDING_LIVES)
    return token


async def find_pending(conn: Conn | Pool, token: str, *, now: datetime) -> Pending | None:
    """None: too late, too often, another password since, or a closed account."""
    row = await conn.fetchrow(_FIND, _hash(token), now, MAX_ATTEMPTS)
    return None if row is None else Pending(row["account_id"], row["stay"], row["there"])


async def lock_pending(tx: Tx, token: str) -> int:
    """Let codes for one sign-in come one after the other. Returns how many came before."""
    return int(await tx.fetchval(_LOCK, _hash(token)) or 0)


async def count_code(tx: Tx, token: str) -> None:
    await tx.execute(_COUNT, _hash(token))


async def delete_pending(tx: Tx, token: str) -> None:
    await tx.execute(_DELETE, _hash(token))


async def delete_pending_of(tx: Tx, account_id: AccountId) -> None:
    """Let nobody go on from a password to a code who began before this."""
    await tx.execute(_DELETE_OF_ACCOUNT, account_id)


async def prune_pending(pool: Pool, *, now: datetime) -> None:
    await pool.execute(_PRUNE, now)


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


async def delete_every_pending(tx: Tx) -> None:
    """Let nobody go on who gave the password and not the code."""
    await tx.execute(_DELETE_EVERY)
