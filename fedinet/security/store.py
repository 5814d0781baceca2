"""Rows of ``totp`` and ``recovery_codes``. SQL of these tables lives here only.

Secrets are sealed, and codes are tagged, with the node's ``secret.key``: who
has only the database can make no code.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import AccountId
from fedinet.node.resealing import sealed_column
from fedinet.node.secrets import SecretBox
from fedinet.security.model import UNCONFIRMED_LIVES, Totp, plain_code

_UPSERT = query(
    "security.upsert_totp",
    """
    INSERT INTO totp (account_id, secret, created_at)
    VALUES ($1, $2, $3)
    ON CONFLICT (account_id) DO UPDATE
       SET secret = EXCLUDED.secret, created_at = EXCLUDED.created_at
     WHERE totp.confirmed_at IS NULL
""",
)

_FIND = query(
    "security.find_totp",
    """
    SELECT secret, confirmed_at
      FROM totp
     WHERE account_id = $1 AND (confirmed_at IS NOT NULL OR created_at > $2)
""",
)

_HAS = query(
    "security.has_totp",
    "SELECT EXISTS (SELECT FROM totp WHERE account_id = $1 AND confirmed_at IS NOT NULL)",
)

_CONFIRM = query(
    "security.confirm_totp",
    """
    UPDATE totp
       SET confirmed_at = $2, last_step = $3
     WHERE account_id = $1 AND confirmed_at IS NULL
 RETURNING true
""",
)

_USE_STEP = query(
    "security.use_step",
    """
    UPDATE totp
       SET last_step = $2
     WHERE account_id = $1 AND confirmed_at IS NOT NULL AND last_step < $2
 RETURNING true
""",
)

_DELETE = query("security.delete_totp", "DELETE FROM totp WHERE account_id = $1 RETURNING true")

_PRUNE = query(
    "security.prune_totp",
    "DELETE FROM totp WHERE confirmed_at IS NULL AND created_at < $1",
)

_INSERT_CODES = query(
    "security.insert_recovery_codes",
    """
    INSERT INTO recovery_codes (account_id, tag)
    SELECT $1, unnest($2::text[])
""",
)

_USE_CODE = query(
    "security.use_recovery_code",
    "DELETE FROM recovery_codes WHERE account_id = $1 AND tag = $2 RETURNING true",
)

_COUNT_CODES = query(
    "security.count_recovery_codes",
    "SELECT count(*) FROM recovery_codes WHERE account_id = $1",
)

_DELETE_CODES = query(
    "security.delete_recovery_codes", "DELETE FROM recovery_codes WHERE account_id = $1"
)


_DELETE_TAGS = query(
    "security.delete_code_tags",
    "DELETE FROM recovery_codes WHERE tag = ANY ($1::text[]) RETURNING true",
)

SEALED: Final = sealed_column("security", "totp", "secret", key="account_id", of="bigint")


async def upsert_secret(
    tx: Tx, account_id: AccountId, secret: str, *, box: SecretBox, now: datetime
) -> None:
    """Keep a secret until it is confirmed. One that is confirmed stays as it is."""
    await tx.execute(_UPSERT, account_id, box.seal(secret.encode(), row=row_of(account_id)), now)


async def find_totp(
    conn: Conn | Pool, account_id: AccountId, *, box: SecretBox, now: datetime
) -> Totp | None:
    """The member's secret; one that waited for its proof for too long is none.

    Raises:
        WrongSecretKey: it was sealed with another ``secret.key``.
    """
    row = await conn.fetchrow(_FIND, account_id, now - UNCONFIRMED_LIVES)
    if row is None:
        return None
    secret = box.open(row["secret"], row=row_of(account_id)).decode()
    return Totp(secret, confirmed=row["confirmed_at"] is not None)


async def has_totp(conn: Conn | Pool, account_id: AccountId) -> bool:
    return bool(await conn.fetchval(_HAS, account_id))


async def confirm_totp(tx: Tx, account_id: AccountId, step: int, *, now: datetime) -> bool:
    """Turn it on; False where another was faster. ``step``: of the code that proved it."""
    return bool(await tx.fetchval(_CONFIRM, account_id, now, step))


async def use_step(tx: Tx, account_id: AccountId, step: int) -> bool:
    """Take a code, once: False for it and all before it from then on."""
    return bool(await tx.fetchval(_USE_STEP, account_id, step))


async def delete_totp(tx: Tx, account_id: AccountId) -> bool:
    """Forget the secret and the recovery codes; False where there was no secret."""
    await tx.execute(_DELETE_CODES, account_id)
    return bool(await tx.fetchval(_DELETE, account_id))


async def prune_totp(pool: Pool, *, now: datetime) -> None:
    await pool.execute(_PRUNE, now - UNCONFIRMED_LIVES)


async def replace_recovery_codes(
    tx: Tx, account_id: AccountId, codes: Iterable[str], *, box: SecretBox
) -> None:
    """Keep these, and none of before."""
    await tx.execute(_DELETE_CODES, account_id)
    await tx.execute(_INSERT_CODES, account_id, [_tag(account_id, code, box) for code in codes])


async def use_recovery_code(tx: Tx, account_id: AccountId, code: str, *, box: SecretBox) -> bool:
    """Take a recovery code, once."""
    return bool(await tx.fetchval(_USE_CODE, account_id, _tag(account_id, code, box)))


async def delete_codes(tx: Tx, tags: Iterable[str]) -> int:
    """Let codes open nothing any more, by what is kept of them. Returns how many there were."""
    return len(await tx.fetch(_DELETE_TAGS, list(tags)))


async def count_recovery_codes(conn: Conn | Pool, account_id: AccountId) -> int:
    return int(await conn.fetchval(_COUNT_CODES, account_id))


def row_of(account_id: AccountId) -> str:
    return f"totp:{account_id}"


def _tag(account_id: AccountId, code: str, box: SecretBox) -> str:
    return box.lasting_tag(f"recovery:{account_id}:{plain_code(code)}")
