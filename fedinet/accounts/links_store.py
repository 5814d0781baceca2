"""Rows of ``account_links``: links in mail, known by a hash. SQL of the table lives here only."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

import asyncpg

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import AccountId
from fedinet.mail.model import Recipient

_INSERT = query(
    "accounts.insert_link",
    """
    INSERT INTO account_links (account_id, purpose, token_hash, email, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (account_id, purpose) DO UPDATE
       SET token_hash = excluded.token_hash, email = excluded.email,
           created_at = excluded.created_at, expires_at = excluded.expires_at
     WHERE $7 OR account_links.expires_at <= $5
 RETURNING true
""",
)

_UNASKED = query(
    "accounts.list_unasked",
    """
    SELECT a.id, a.email, a.language, r.username
      FROM accounts a
      JOIN actors r ON r.id = a.actor_id
     WHERE a.email IS NOT NULL AND a.email_confirmed_at IS NULL
       AND a.disabled_at IS NULL AND r.gone_at IS NULL
       AND NOT EXISTS (SELECT FROM account_links l
                        WHERE l.account_id = a.id AND l.purpose = 'confirm_email'
                          AND l.created_at >= $1)
     ORDER BY a.id
     LIMIT $2
""",
)

_FIND = query(
    "accounts.find_link",
    """
    SELECT account_id, email
      FROM account_links
     WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3
""",
)

_FIND_OF_ACCOUNT = query(
    "accounts.find_link_of_account",
    """
    SELECT account_id, email
      FROM account_links
     WHERE account_id = $1 AND purpose = $2 AND expires_at > $3
""",
)

_USE = query(
    "accounts.use_link",
    """
    DELETE FROM account_links
     WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3
 RETURNING account_id, email
""",
)

_DELETE = query(
    "accounts.delete_link", "DELETE FROM account_links WHERE account_id = $1 AND purpose = $2"
)

_DELETE_EVERY = query("accounts.delete_every_link", "DELETE FROM account_links")

_PRUNE = query("accounts.prune_links", "DELETE FROM account_links WHERE expires_at < $1")


class Purpose(StrEnum):
    """What a link is for."""

    CONFIRM_EMAIL = "confirm_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105  # a name


@dataclass(frozen=True, slots=True)
class Link:
    """``email``: the address that it confirms; ``""`` of other links."""

    account_id: AccountId
    email: str


async def insert_link(
    tx: Tx,
    account_id: AccountId,
    purpose: Purpose,
    *,
    email: str | None,
    now: datetime,
    expires_at: datetime,
) -> str:
    """Make a link and return its secret: the only time it is readable. It ends the one before."""
    token = secrets.token_urlsafe(32)
    row = (account_id, purpose, _hash(token), email, now, expires_at)
    await tx.execute(_INSERT, *row, True)
    return token


async def insert_link_unless_one_works(
    tx: Tx, account_id: AccountId, purpose: Purpose, *, now: datetime, expires_at: datetime
) -> str | None:
    """Make a link where none works. None: one does, and stays; of two at once one gets it."""
    token = secrets.token_urlsafe(32)
    row = (account_id, purpose, _hash(token), None, now, expires_at)
    return token if await tx.fetchval(_INSERT, *row, False) else None


async def list_unasked(tx: Tx, *, since: datetime, limit: int) -> list[Recipient]:
    """Members whose address nobody confirmed, and who were sent no link for it since then."""
    return [
        Recipient(
            account_id=AccountId(row["id"]),
            address=row["email"],
            language=row["language"],
            handle=f"@{row['username']}",
        )
        for row in await tx.fetch(_UNASKED, since, limit)
    ]


async def find_link(
    conn: Conn | Pool, token: str, purpose: Purpose, *, now: datetime
) -> Link | None:
    """Look whether a link works, and leave it."""
    return _link(await conn.fetchrow(_FIND, _hash(token), purpose, now))


async def find_link_of(
    conn: Conn | Pool, account_id: AccountId, purpose: Purpose, *, now: datetime
) -> Link | None:
    """The link that an account waits for somebody to open."""
    return _link(await conn.fetchrow(_FIND_OF_ACCOUNT, account_id, purpose, now))


async def use_link(tx: Tx, token: str, purpose: Purpose, *, now: datetime) -> Link | None:
    """Use a link up. Of two at once one gets it, if ``tx`` commits."""
    return _link(await tx.fetchrow(_USE, _hash(token), purpose, now))


async def delete_link(tx: Conn | Pool, account_id: AccountId, purpose: Purpose) -> None:
    await tx.execute(_DELETE, account_id, purpose)


async def delete_every_link(tx: Tx) -> None:
    """End what was sent to mailboxes and not opened yet."""
    await tx.execute(_DELETE_EVERY)


async def prune_links(pool: Pool, *, now: datetime) -> None:
    """Forget what was not opened in time, and the addresses that were to be confirmed."""
    await pool.execute(_PRUNE, now)


def _link(row: asyncpg.Record | None) -> Link | None:
    if row is None:
        return None
    return Link(AccountId(row["account_id"]), row["email"] or "")


def _hash(token: str) -> bytes:
    return sha256(token.encode(errors="replace")).digest()
