"""Rows of ``access_tokens``: apps that act for a member. SQL of the table lives here only."""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import asyncpg
from aiohttp import web

from fedinet.db.changes import SNAPSHOT, still_holds
from fedinet.db.plans import unseen
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.db.together import Together
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import AccountId

_TOUCH_EVERY = timedelta(minutes=10)

_SUBJECTS = {
    "read": "accounts blocks bookmarks collections favourites filters follows lists mutes"
    " notifications search statuses",
    "write": "accounts blocks bookmarks collections conversations favourites filters follows"
    " lists media mutes notifications reports statuses",
    "admin:read": "accounts reports domain_allows domain_blocks ip_blocks email_domain_blocks"
    " canonical_email_blocks",
}
KNOWN_SCOPES = frozenset(
    {"profile", "read", "write", "follow", "push", "admin:read", "admin:write"}
    | {f"{kind}:{subject}" for kind, words in _SUBJECTS.items() for subject in words.split()}
    | {f"admin:write:{subject}" for subject in _SUBJECTS["admin:read"].split()}
)
"""Source: https://docs.joinmastodon.org/api/oauth-scopes/"""
_FOLLOW = frozenset({"follows", "blocks", "mutes"})

_INSERT = query(
    "http.insert_token",
    """
    INSERT INTO access_tokens (token_hash, account_id, scopes, app_name, app_id, code_hash)
    VALUES ($1, $2, $3, $4, $5, $6)
""",
)

# Planned once: planned for each request it takes ten times as long as it runs.
_FIND = query(
    "http.find_tokens",
    f"""
    SELECT asked.n, :snapshot AS snapshot, :holds AS holds,
           t.id, t.account_id, t.scopes, t.app_name, t.app_id, t.created_at, t.last_used_at,
           a.role, a.language, a.app_visibility, a.actor_id, a.frozen_at IS NOT NULL AS is_frozen,
           coalesce(a.post_language, a.language) AS post_language, a.posts_sensitive,
           r.username, r.name
      FROM unnest({unseen("$1", "bytea[]")}, {unseen("$2", "text[]")}, {unseen("$3", "text[]")})
           WITH ORDINALITY
           AS asked (token_hash, since, about, n)
      JOIN access_tokens t ON t.token_hash = asked.token_hash AND t.revoked_at IS NULL
      LEFT JOIN accounts a ON a.id = t.account_id
      LEFT JOIN actors r ON r.id = a.actor_id
     WHERE t.account_id IS NULL
        OR (a.disabled_at IS NULL AND r.suspended_at IS NULL AND r.gone_at IS NULL)
""".replace(":snapshot", SNAPSHOT).replace(":holds", still_holds("asked.since", "asked.about")),  # noqa: S608  # constants
)

_TOUCH = query(
    "http.touch_token",
    """
    UPDATE access_tokens
       SET last_used_at = $2
     WHERE id = $1
""",
)

_REVOKE = query(
    "http.revoke_token",
    """
    UPDATE access_tokens
       SET revoked_at = coalesce(revoked_at, now())
     WHERE account_id = $1 AND id = $2
""",
)

_REVOKE_OF_CODE = query(
    "http.revoke_tokens_of_code",
    """
    UPDATE access_tokens
       SET revoked_at = coalesce(revoked_at, now())
     WHERE code_hash = $1
""",
)

_REVOKE_OWN = query(
    "http.revoke_token_of_app",
    """
    UPDATE access_tokens
       SET revoked_at = coalesce(revoked_at, now())
     WHERE token_hash = $1 AND app_id = $2
""",
)

_REVOKE_ALL = query(
    "http.revoke_tokens",
    """
    UPDATE access_tokens
       SET revoked_at = now()
     WHERE account_id = $1 AND revoked_at IS NULL
""",
)

_REVOKE_BY_ID = query(
    "http.revoke_tokens_by_id",
    """
    UPDATE access_tokens SET revoked_at = now()
     WHERE id = ANY ($1::bigint[]) AND revoked_at IS NULL
""",
)

_REVOKE_EVERY = query(
    "http.revoke_every_token",
    "UPDATE access_tokens SET revoked_at = now() WHERE revoked_at IS NULL",
)

_LIST_LIVE = query(
    "http.list_live_tokens",
    """
    SELECT t.id
      FROM access_tokens t
      JOIN accounts a ON a.id = t.account_id AND a.disabled_at IS NULL
      JOIN actors r ON r.id = a.actor_id AND r.suspended_at IS NULL AND r.gone_at IS NULL
     WHERE t.id = ANY ($1::bigint[]) AND t.revoked_at IS NULL
""",
)

_LIST = query(
    "http.list_tokens",
    """
    SELECT id, app_name, scopes, created_at, last_used_at
      FROM access_tokens
     WHERE account_id = $1 AND revoked_at IS NULL
     ORDER BY id DESC
     LIMIT 100
""",
)


@dataclass(frozen=True, slots=True)
class AppToken:
    """One line of "apps that act for you"."""

    id: int
    app_name: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None


def allows(granted: Iterable[str], needed: str) -> bool:
    """Tell whether granted scopes cover one, e.g. ``write`` covers ``write:statuses``. Pure."""
    have = frozenset(granted)
    if needed in have:
        return True
    kind, _, subject = needed.rpartition(":")
    if kind in have:
        return True
    return kind in ("read", "write") and subject in _FOLLOW and "follow" in have


def check_scopes(raw: str) -> tuple[str, ...]:
    """Read a space-separated list of scopes.

    Raises:
        Unprocessable: none, or one that does not exist.
    """
    scopes = tuple(dict.fromkeys(raw.replace(",", " ").split()))
    unknown = [scope for scope in scopes if scope not in KNOWN_SCOPES]
    if not scopes or unknown:
        named = ", ".join(unknown) or "(none)"
        raise Unprocessable(f"unknown scopes: {named}", public=f"There is no scope {named}")
    return scopes


async def create_token(
    tx: Tx | Pool,
    account_id: AccountId | None,
    scopes: Iterable[str],
    app_name: str,
    *,
    app_id: int | None = None,
    code_hash: bytes | None = None,
) -> str:
    """Make an access token and return it: the only time it is readable. It does not expire.

    ``account_id`` None: an app for itself, which sees what visitors see.
    ``app_id``: of an app that registered; ``code_hash``: of the code it gave for the token.
    """
    token = secrets.token_urlsafe(32)
    await tx.execute(
        _INSERT, hash_token(token), account_id, list(scopes), app_name, app_id, code_hash
    )
    return token


class Tokens:
    """One per process: finds the tokens that requests show, those of one moment together."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._together = Together(self._find_all)

    async def find(
        self,
        token_hash: bytes,
        *,
        now: datetime,
        since: str | None = None,
        about: str | None = None,
    ) -> asyncpg.Record | None:
        """Read the token and its member; None where it was revoked or the account is closed.

        A token that an app holds for itself has no ``account_id``. ``holds`` says whether nothing
        of ``about`` (an array, written out) changed since the snapshot ``since``; ``snapshot`` is
        what was visible this time.
        """
        row = await self._together.ask((token_hash, since, about))
        if row is not None:
            last = row["last_used_at"]
            if last is None or now - last > _TOUCH_EVERY:
                await self._pool.execute(_TOUCH, row["id"], now)
        return row

    async def _find_all(
        self, asked: Sequence[tuple[bytes, str | None, str | None]]
    ) -> list[asyncpg.Record | None]:
        rows = await self._pool.fetch(_FIND, *map(list, zip(*asked, strict=True)))
        found = {row["n"]: row for row in rows}
        return [found.get(number) for number in range(1, len(asked) + 1)]


TOKENS: Final = web.AppKey("tokens", Tokens)


async def revoke_token(pool: Pool, account_id: AccountId, token_id: int) -> None:
    """End one of the member's own tokens; another's is left alone."""
    await pool.execute(_REVOKE, account_id, token_id)


async def revoke_tokens_of_code(tx: Tx, code_hash: bytes) -> None:
    """End what was given for a code that somebody has stolen."""
    await tx.execute(_REVOKE_OF_CODE, code_hash)


async def revoke_token_of_app(pool: Pool, app_id: int, token: str) -> None:
    """End a token at the word of the app that holds it; another's is left alone."""
    await pool.execute(_REVOKE_OWN, hash_token(token), app_id)


async def revoke_tokens(tx: Tx, account_id: AccountId) -> None:
    """End all that apps of a member hold."""
    await tx.execute(_REVOKE_ALL, account_id)


async def revoke_by_id(tx: Tx, ids: Collection[int]) -> int:
    """End tokens of anybody. Returns how many were alive."""
    return int((await tx.execute(_REVOKE_BY_ID, list(ids))).rpartition(" ")[2])


async def revoke_every_token(tx: Tx) -> int:
    """End all tokens of all apps. Returns how many were alive."""
    return int((await tx.execute(_REVOKE_EVERY)).rpartition(" ")[2])


async def list_live(pool: Pool, token_ids: Collection[int]) -> set[int]:
    """Of these tokens, those that still open something for a member."""
    return {row["id"] for row in await pool.fetch(_LIST_LIVE, list(token_ids))}


async def list_tokens(conn: Conn, account_id: AccountId) -> list[AppToken]:
    """The member's live tokens, newest first, at most 100."""
    return [
        AppToken(
            id=row["id"],
            app_name=row["app_name"],
            scopes=tuple(row["scopes"]),
            created_at=row["created_at"],
            last_used_at=row["last_used_at"],
        )
        for row in await conn.fetch(_LIST, account_id)
    ]


def hash_token(token: str) -> bytes:
    """What is kept of a token: the rows are found by it, and nobody can show it."""
    return sha256(token.encode()).digest()
