"""Rows of ``oauth_apps`` and ``oauth_codes``. SQL lives here only; tokens: ``http/tokens.py``."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import asyncpg

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import AccountId
from fedinet.oauth.model import CODE_LIVES, App, Asked, NewApp

_INSERT_APP = query(
    "oauth.insert_app",
    """
    INSERT INTO oauth_apps (client_id, secret_hash, name, website, redirect_uris, scopes)
    VALUES ($1, $2, $3, $4, $5, $6)
    RETURNING id, client_id, secret_hash, name, website, redirect_uris, scopes
""",
)

_UPSERT_DOCUMENTED = query(
    "oauth.upsert_documented_app",
    """
    INSERT INTO oauth_apps (client_id, name, website, redirect_uris, scopes, fetched_at)
    VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (client_id) DO UPDATE
       SET name = EXCLUDED.name, website = EXCLUDED.website,
           redirect_uris = EXCLUDED.redirect_uris, scopes = EXCLUDED.scopes,
           fetched_at = EXCLUDED.fetched_at
     WHERE oauth_apps.fetched_at IS NOT NULL
    RETURNING id, client_id, secret_hash, name, website, redirect_uris, scopes
""",
)

_FIND_APP = query(
    "oauth.find_app",
    """
    SELECT id, client_id, secret_hash, name, website, redirect_uris, scopes, fetched_at
      FROM oauth_apps
     WHERE client_id = $1
""",
)

_FIND_APP_BY_ID = query(
    "oauth.find_app_by_id",
    """
    SELECT id, client_id, secret_hash, name, website, redirect_uris, scopes
      FROM oauth_apps
     WHERE id = $1
""",
)

_INSERT_CODE = query(
    "oauth.insert_code",
    """
    INSERT INTO oauth_codes
        (code_hash, app_id, account_id, redirect_uri, scopes, challenge, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
""",
)

_LOCK_CODE = query(
    "oauth.lock_code",
    """
    SELECT app_id, account_id, redirect_uri, scopes, challenge, expires_at, used_at
      FROM oauth_codes
     WHERE code_hash = $1
       FOR UPDATE
""",
)

_USE_CODE = query(
    "oauth.use_code",
    "UPDATE oauth_codes SET used_at = $2 WHERE code_hash = $1",
)

_DELETE_EVERY_CODE = query(
    "oauth.delete_every_code", "DELETE FROM oauth_codes WHERE used_at IS NULL"
)

_DELETE_CODES = query(
    "oauth.delete_codes",
    "DELETE FROM oauth_codes WHERE account_id = $1 AND used_at IS NULL",
)

_PRUNE_CODES = query(
    "oauth.prune_codes",
    "DELETE FROM oauth_codes WHERE expires_at < $1",
)

_PRUNE_APPS = query(
    "oauth.prune_apps",
    """
    DELETE FROM oauth_apps
     WHERE id = ANY (ARRAY(
        SELECT a.id
          FROM oauth_apps a
         WHERE a.created_at < $1
           AND NOT EXISTS (SELECT FROM access_tokens t
                            WHERE t.app_id = a.id AND t.revoked_at IS NULL)
           AND NOT EXISTS (SELECT FROM oauth_codes c WHERE c.app_id = a.id)
         ORDER BY a.created_at
         LIMIT $2))
""",
)

_CODES_KEPT = timedelta(days=1)
_APPS_KEPT = timedelta(days=7)
"""How long an app that nobody let in is remembered. Clients that are unknown register anew."""
_MOST_APPS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What a code was given for."""

    app_id: int
    account_id: AccountId
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str | None
    expires_at: datetime
    is_used: bool


async def insert_app(conn: Conn | Pool, new: NewApp, *, has_secret: bool) -> tuple[App, str | None]:
    """Register an app; its secret is readable here and never again. None for a public client."""
    secret = secrets.token_urlsafe(32) if has_secret else None
    row = await conn.fetchrow(
        _INSERT_APP,
        secrets.token_urlsafe(32),
        None if secret is None else hash_secret(secret),
        new.name,
        new.website,
        list(new.redirect_uris),
        list(new.scopes),
    )
    return _app(_present(row)), secret


async def keep_documented_app(
    conn: Conn | Pool, client_id: str, new: NewApp, *, now: datetime
) -> App:
    """Store what a client's own document says at present."""
    row = await conn.fetchrow(
        _UPSERT_DOCUMENTED,
        client_id,
        new.name,
        new.website,
        list(new.redirect_uris),
        list(new.scopes),
        now,
    )
    return _app(_present(row))


async def find_app(conn: Conn | Pool, client_id: str) -> tuple[App, datetime | None] | None:
    """Find an app and, where it describes itself at an address, when that was read."""
    row = await conn.fetchrow(_FIND_APP, client_id)
    return None if row is None else (_app(row), row["fetched_at"])


async def find_app_by_id(conn: Conn | Pool, app_id: int) -> App | None:
    row = await conn.fetchrow(_FIND_APP_BY_ID, app_id)
    return None if row is None else _app(row)


async def find_app_with_secret(conn: Conn | Pool, client_id: str, secret: str) -> App | None:
    """Find an app that proves itself; ``""`` is the proof of a public client."""
    row = await conn.fetchrow(_FIND_APP, client_id)
    stored: bytes | None = None if row is None else row["secret_hash"]
    given = hash_secret(secret)
    if row is None:
        return None
    if stored is None:
        return _app(row) if not secret else None
    return _app(row) if hmac.compare_digest(stored, given) else None


async def insert_code(tx: Tx, asked: Asked, account_id: AccountId, *, now: datetime) -> str:
    """Make a code for what the member agreed to, and return it: the only time it is readable."""
    code = secrets.token_urlsafe(32)
    await tx.execute(
        _INSERT_CODE,
        hash_secret(code),
        asked.app.id,
        account_id,
        asked.redirect_uri,
        list(asked.scopes),
        asked.challenge,
        now + CODE_LIVES,
    )
    return code


async def lock_code(tx: Tx, code: str) -> Code | None:
    """Read a code and hold it until ``tx`` ends: of two who redeem it at once, one is late."""
    row = await tx.fetchrow(_LOCK_CODE, hash_secret(code))
    if row is None:
        return None
    return Code(
        app_id=row["app_id"],
        account_id=AccountId(row["account_id"]),
        redirect_uri=row["redirect_uri"],
        scopes=tuple(row["scopes"]),
        challenge=row["challenge"],
        expires_at=row["expires_at"],
        is_used=row["used_at"] is not None,
    )


async def use_code(tx: Tx, code: str, *, now: datetime) -> None:
    await tx.execute(_USE_CODE, hash_secret(code), now)


async def delete_every_code(tx: Tx) -> None:
    """End all codes that would still become tokens."""
    await tx.execute(_DELETE_EVERY_CODE)


async def delete_codes(tx: Tx, account_id: AccountId) -> None:
    """End codes of a member that no app has used yet."""
    await tx.execute(_DELETE_CODES, account_id)


async def prune(pool: Pool, *, now: datetime) -> None:
    """Forget codes that are long over, and apps that nobody let in."""
    await pool.execute(_PRUNE_CODES, now - _CODES_KEPT)
    await pool.execute(_PRUNE_APPS, now - _APPS_KEPT, _MOST_APPS)


def hash_secret(secret: str) -> bytes:
    return sha256(secret.encode(errors="replace")).digest()


def _present(row: asyncpg.Record | None) -> asyncpg.Record:
    if row is None:
        raise AssertionError("an insertion returns its row")
    return row


def _app(row: asyncpg.Record) -> App:
    redirect_uris: Sequence[str] = row["redirect_uris"]
    return App(
        id=row["id"],
        client_id=row["client_id"],
        name=row["name"],
        website=row["website"],
        redirect_uris=tuple(redirect_uris),
        scopes=tuple(row["scopes"]),
        is_public=row["secret_hash"] is None,
    )
