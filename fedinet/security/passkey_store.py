"""Rows of ``passkeys`` and ``passkey_challenges``. SQL of these tables lives here only."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Literal, TypeAlias

import asyncpg

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import AccountId
from fedinet.security.passkeys import CHALLENGE_LIVES, MAX_PASSKEYS, NewPasskey, Passkey

Purpose: TypeAlias = Literal["add", "enter", "second"]

_INSERT_CHALLENGE = query(
    "security.insert_challenge",
    """
    INSERT INTO passkey_challenges
        (challenge_hash, browser_hash, purpose, account_id, expires_at)
    VALUES ($1, $2, $3, $4, $5)
""",
)

_USE_CHALLENGE = query(
    "security.use_challenge",
    """
    DELETE FROM passkey_challenges
     WHERE challenge_hash = $1
 RETURNING browser_hash = $2 AND purpose = $3 AND account_id IS NOT DISTINCT FROM $4
           AND expires_at > $5
""",
)

_PRUNE_CHALLENGES = query(
    "security.prune_challenges", "DELETE FROM passkey_challenges WHERE expires_at < $1"
)

_INSERT = query(
    "security.insert_passkey",
    """
    INSERT INTO passkeys (account_id, credential_id, public_key, sign_count, name, created_at)
    SELECT $1, $2, $3, $4, $5, $6
     WHERE (SELECT count(*) FROM passkeys WHERE account_id = $1) < $7
    ON CONFLICT (credential_id) DO NOTHING
 RETURNING true
""",
)

_LIST = query(
    "security.list_passkeys",
    """
    SELECT id, account_id, credential_id, public_key, sign_count, name, created_at, last_used_at
      FROM passkeys
     WHERE account_id = $1
     ORDER BY id
     LIMIT $2
""",
)

_LOCK = query(
    "security.lock_passkey",
    """
    SELECT id, account_id, credential_id, public_key, sign_count, name, created_at, last_used_at
      FROM passkeys
     WHERE credential_id = $1
       FOR UPDATE
""",
)

_USE = query(
    "security.use_passkey",
    "UPDATE passkeys SET sign_count = $2, last_used_at = $3 WHERE id = $1",
)

_RENAME = query(
    "security.rename_passkey", "UPDATE passkeys SET name = $3 WHERE account_id = $1 AND id = $2"
)

_DELETE = query(
    "security.delete_passkey",
    "DELETE FROM passkeys WHERE account_id = $1 AND id = $2 RETURNING true",
)

_DELETE_SOME = query(
    "security.delete_some_passkeys",
    "DELETE FROM passkeys WHERE id = ANY ($1::bigint[]) RETURNING true",
)

_DELETE_ALL = query("security.delete_passkeys", "DELETE FROM passkeys WHERE account_id = $1")


async def insert_challenge(
    conn: Conn | Pool,
    browser: str,
    purpose: Purpose,
    account_id: AccountId | None,
    *,
    now: datetime,
) -> bytes:
    """Make a challenge for one browser (its cookie), of which only the hash is kept."""
    challenge = secrets.token_bytes(32)
    row = (_hash(challenge), _hash(browser.encode()), purpose, account_id, now + CHALLENGE_LIVES)
    await conn.execute(_INSERT_CHALLENGE, *row)
    return challenge


async def use_challenge(
    tx: Tx,
    challenge: bytes,
    browser: str,
    purpose: Purpose,
    account_id: AccountId | None,
    *,
    now: datetime,
) -> bool:
    """Take a challenge, once; False where it was not for this, or is over. It is gone anyhow."""
    given = (_hash(challenge), _hash(browser.encode()), purpose, account_id, now)
    return bool(await tx.fetchval(_USE_CHALLENGE, *given))


async def prune_challenges(pool: Pool, *, now: datetime) -> None:
    await pool.execute(_PRUNE_CHALLENGES, now)


async def insert_passkey(
    tx: Tx, account_id: AccountId, new: NewPasskey, name: str, *, now: datetime
) -> bool:
    """Keep a passkey; False where it is known, or the member has as many as one may."""
    row = (new.credential_id, new.public_key, new.sign_count, name)
    return bool(await tx.fetchval(_INSERT, account_id, *row, now, MAX_PASSKEYS))


async def list_passkeys(conn: Conn | Pool, account_id: AccountId) -> list[Passkey]:
    """The member's own, the oldest first."""
    return [_passkey(row) for row in await conn.fetch(_LIST, account_id, MAX_PASSKEYS)]


async def lock_passkey(tx: Tx, credential_id: bytes) -> Passkey | None:
    """Find a passkey, and hold it until ``tx`` ends: its count goes up one by one."""
    row = await tx.fetchrow(_LOCK, credential_id)
    return None if row is None else _passkey(row)


async def update_use(tx: Tx, passkey_id: int, sign_count: int, *, now: datetime) -> None:
    await tx.execute(_USE, passkey_id, sign_count, now)


async def rename_passkey(tx: Tx, account_id: AccountId, passkey_id: int, name: str) -> None:
    """Call one of the member's own otherwise; another's is left alone."""
    await tx.execute(_RENAME, account_id, passkey_id, name)


async def delete_passkey(tx: Tx, account_id: AccountId, passkey_id: int) -> bool:
    """Forget one of the member's own; another's is left alone."""
    return bool(await tx.fetchval(_DELETE, account_id, passkey_id))


async def delete_passkeys(tx: Tx, account_id: AccountId) -> bool:
    """Forget all of them; False where there were none."""
    return await tx.execute(_DELETE_ALL, account_id) != "DELETE 0"


def _hash(raw: bytes) -> bytes:
    return sha256(raw).digest()


def _passkey(row: asyncpg.Record) -> Passkey:
    return Passkey(
        id=row["id"],
        account_id=AccountId(row["account_id"]),
        credential_id=row["credential_id"],
        public_key=row["public_key"],
        sign_count=row["sign_count"],
        name=row["name"],
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
    )


async def delete_by_number(tx: Tx, numbers: Sequence[int]) -> int:
    """Delete passkeys, whosever they are. Returns how many there were."""
    return len(await tx.fetch(_DELETE_SOME, numbers))
