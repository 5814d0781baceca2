"""Rows of ``mailed_sign_ins``: links in messages that sign in. SQL of the table lives here only."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import AccountId

_INSERT = query(
    "security.insert_mailed_sign_in",
    """
    INSERT INTO mailed_sign_ins (token_hash, browser_hash, account_id, password_mark, email_mark,
                                 there, expires_at)
    SELECT $1, $2, a.id, sha256(convert_to(a.password_hash, 'UTF8')),
           sha256(convert_to(a.email, 'UTF8')), $4, $5
      FROM accounts a
     WHERE a.id = $3 AND a.email IS NOT NULL AND a.email_confirmed_at IS NOT NULL
""",
)

_FIND = query(
    "security.find_mailed_sign_in",
    """
    SELECT m.account_id, m.there, m.browser_hash = $2 AS is_here
      FROM mailed_sign_ins m
      JOIN accounts a ON a.id = m.account_id
     WHERE m.token_hash = $1 AND m.expires_at > $3 AND a.disabled_at IS NULL
       AND m.password_mark = sha256(convert_to(a.password_hash, 'UTF8'))
       AND m.email_mark = sha256(convert_to(a.email, 'UTF8'))
""",
)

_USE = query(
    "security.use_mailed_sign_in",
    "DELETE FROM mailed_sign_ins WHERE token_hash = $1 AND browser_hash = $2 RETURNING true",
)

_PRUNE = query(
    "security.prune_mailed_sign_ins", "DELETE FROM mailed_sign_ins WHERE expires_at < $1"
)

_DELETE_EVERY = query("security.delete_every_mailed", "DELETE FROM mailed_sign_ins")


@dataclass(frozen=True, slots=True)
class MailedSignIn:
    """Whom a link lets in, and where to; ``is_here``: it was asked for in this browser."""

    account_id: AccountId
    there: str
    is_here: bool


async def insert_mailed(
    tx: Tx, account_id: AccountId, browser_hash: bytes, *, there: str, expires_at: datetime
) -> str:
    """Make a link and return its secret: the only time it is readable."""
    token = secrets.token_urlsafe(32)
    await tx.execute(_INSERT, mark(token), browser_hash, account_id, there, expires_at)
    return token


async def find_mailed(
    conn: Conn | Pool, token: str, browser: str, *, now: datetime
) -> MailedSignIn | None:
    """Look at a link, and leave it. None: used, too old, or something changed since."""
    row = await conn.fetchrow(_FIND, mark(token), mark(browser), now)
    if row is None:
        return None
    return MailedSignIn(AccountId(row["account_id"]), row["there"], row["is_here"])


async def use_mailed(tx: Tx, token: str, browser: str) -> bool:
    """Use a link up. Of two at once one gets it, if ``tx`` commits."""
    return await tx.fetchval(_USE, mark(token), mark(browser)) is not None


async def delete_every_mailed(tx: Tx) -> None:
    await tx.execute(_DELETE_EVERY)


async def prune_mailed(pool: Pool, *, now: datetime) -> None:
    await pool.execute(_PRUNE, now)


def mark(secret: str) -> bytes:
    """How a secret stands in the table."""
    return sha256(secret.encode(errors="replace")).digest()
