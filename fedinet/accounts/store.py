"""Rows of ``accounts``. SQL of the table lives here only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from fedinet.accounts.model import Account, Faces, NewAccount, PublicMember
from fedinet.audiences.model import QuotePolicy, Visibility
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import AccountId, ActorId
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.mail.model import Recipient

_TAKEN: Final = N_("Somebody here uses this address already.")

_INSERT = query(
    "accounts.insert_account",
    """
    INSERT INTO accounts (actor_id, email, password_hash, role, language, invited_by)
    VALUES ($1, $2, $3, $4, $5, $6)
 RETURNING id
""",
)

_FIND_LANGUAGE = query(
    "accounts.find_language", "SELECT language FROM accounts WHERE actor_id = $1"
)

_FIND_OPEN = query(
    "accounts.find_open",
    """
    SELECT a.id
      FROM accounts a
      JOIN actors r ON r.id = a.actor_id
     WHERE a.actor_id = $1 AND a.frozen_at IS NULL
       AND a.disabled_at IS NULL AND r.suspended_at IS NULL AND r.gone_at IS NULL
""",
)

_ACCOUNT: Final = """
    SELECT a.id, a.actor_id, r.username, a.email,
           a.email_confirmed_at IS NOT NULL AS email_confirmed,
           a.role, a.language, a.app_visibility, a.created_at, a.password_hash,
           r.suspended_at IS NOT NULL AS is_suspended
      FROM accounts a
      JOIN actors r ON r.id = a.actor_id
"""
_FIND = query("accounts.find_account", _ACCOUNT + "WHERE a.id = $1")
_FIND_OF = query("accounts.find_account_of", _ACCOUNT + "WHERE a.actor_id = $1")

_FIND_BY_LOGIN = query(
    "accounts.find_account_by_login",
    _ACCOUNT
    + """
     WHERE a.disabled_at IS NULL AND r.gone_at IS NULL
       AND ((r.is_local AND lower(r.username) = lower($1)) OR lower(a.email) = lower($1))
     ORDER BY lower(r.username) = lower($1) DESC
     LIMIT 1
""",
)

_FIND_MAILBOX = query(
    "accounts.find_mailbox",
    """
    SELECT a.email, a.language, r.username
      FROM accounts a
      JOIN actors r ON r.id = a.actor_id
     WHERE a.id = $1 AND a.email IS NOT NULL AND a.email_confirmed_at IS NOT NULL
       AND a.disabled_at IS NULL AND r.gone_at IS NULL
""",
)

_UPDATE_EMAIL = query(
    "accounts.update_email",
    """
    UPDATE accounts
       SET email = $2,
           email_confirmed_at = CASE WHEN $2::text IS NULL THEN NULL ELSE $3::timestamptz END
     WHERE id = $1
""",
)

_TAKE_UNCONFIRMED = query(
    "accounts.take_unconfirmed",
    """
    UPDATE accounts
       SET email = NULL
     WHERE lower(email) = lower($1) AND email IS NOT NULL AND email_confirmed_at IS NULL
       AND id <> $2
""",
)

_UPDATE_PASSWORD = query(
    "accounts.update_password",
    """
    UPDATE accounts
       SET password_hash = $2
     WHERE id = $1
""",
)

_RENEW_HASH = query(
    "accounts.renew_hash",
    """
      WITH same AS (SELECT set_config('fedinet.same_password', 'on', true))
    UPDATE accounts
       SET password_hash = $3
      FROM same
     WHERE id = $1 AND password_hash = $2
""",
)

_UPDATE_PREFERENCES = query(
    "accounts.update_preferences",
    """
    UPDATE accounts
       SET language = $2, app_visibility = $3
     WHERE id = $1
""",
)

_UPDATE_SHORTCUTS = query(
    "accounts.update_shortcuts", "UPDATE accounts SET shortcuts = $2 WHERE id = $1"
)

_COUNT = query(
    "accounts.count_accounts",
    """
    SELECT count(*)
      FROM accounts
     WHERE disabled_at IS NULL
""",
)

_FIND_QUOTE_POLICY = query(
    "accounts.find_quote_policy", "SELECT quote_policy FROM accounts WHERE actor_id = $1"
)
_UPDATE_QUOTE_POLICY = query(
    "accounts.update_quote_policy", "UPDATE accounts SET quote_policy = $2 WHERE id = $1"
)

INVITER: Final = """
    SELECT r.id
      FROM accounts a
      JOIN accounts h ON h.id = a.invited_by
      JOIN actors r ON r.id = h.actor_id
     WHERE a.actor_id = :who AND h.disabled_at IS NULL
       AND r.suspended_at IS NULL AND r.gone_at IS NULL
"""
"""The actor of who let ``:who`` in, of those who are still here. For members alone to see."""

_INVITERS = query(
    "accounts.find_inviters",
    """
    SELECT a.actor_id, r.username, r.name, r.avatar_url, r.summary_html
      FROM accounts a
      JOIN accounts h ON h.id = a.invited_by
      JOIN actors r ON r.id = h.actor_id
     WHERE a.actor_id = ANY ($1::bigint[]) AND h.disabled_at IS NULL
       AND r.suspended_at IS NULL AND r.gone_at IS NULL
""",
)

_LIST_INVITED = query(
    "accounts.list_invited_by",
    """
    SELECT r.username, r.name, r.avatar_url, r.summary_html
      FROM accounts a
      JOIN actors r ON r.id = a.actor_id
     WHERE a.invited_by = $1 AND a.disabled_at IS NULL
       AND r.suspended_at IS NULL AND r.gone_at IS NULL
     ORDER BY a.id DESC
     LIMIT $2
""",
)

_DELETE = query("accounts.delete_account", "DELETE FROM accounts WHERE id = $1")

_STEWARDS: Final = """
    SELECT r.username, r.name, r.avatar_url, r.summary_html
      FROM accounts a
      JOIN actors r ON r.id = a.actor_id
     WHERE a.disabled_at IS NULL AND a.role <> 'member'
       AND r.suspended_at IS NULL AND r.gone_at IS NULL
     ORDER BY a.id
     LIMIT 20
"""
_LIST_STEWARDS = query("accounts.list_stewards", _STEWARDS)

_LIST_FACES = query(
    "accounts.list_faces",
    f"""
    (SELECT 'shown' AS part, r.username, r.name, r.avatar_url, r.summary_html
       FROM accounts a
       JOIN actors r ON r.id = a.actor_id
      WHERE a.disabled_at IS NULL AND r.discoverable AND r.limited_at IS NULL
        AND r.suspended_at IS NULL AND r.gone_at IS NULL
      ORDER BY a.id DESC
      LIMIT $1)
    UNION ALL
    SELECT 'steward', steward.* FROM ({_STEWARDS}) AS steward
""",
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """What sign-in compares with."""

    account: Account
    password_hash: str
    is_suspended: bool = False
    """The stewards let nothing of theirs open: not even a right password."""


async def insert_account(tx: Tx, actor_id: ActorId, new: NewAccount) -> AccountId:
    """Store an account for an actor of ours.

    Raises:
        Invalid: another account has this e-mail address.
    """
    try:
        return AccountId(
            await tx.fetchval(
                _INSERT,
                actor_id,
                new.email,
                new.password_hash,
                new.role,
                new.language,
                new.invited_by,
            )
        )
    except asyncpg.UniqueViolationError as error:
        raise Invalid(Problem("email", _TAKEN)) from error


async def find_language(conn: Conn | Pool, actor_id: ActorId) -> str | None:
    """What a member reads pages in; None: nobody who has an account."""
    language: str | None = await conn.fetchval(_FIND_LANGUAGE, actor_id)
    return language


async def find_open_account(conn: Conn | Pool, actor_id: ActorId) -> AccountId | None:
    """The account of somebody who may act here now; None: closed, suspended, frozen, or none."""
    account_id: int | None = await conn.fetchval(_FIND_OPEN, actor_id)
    return None if account_id is None else AccountId(account_id)


async def find_account(conn: Conn | Pool, account_id: AccountId) -> Account | None:
    row = await conn.fetchrow(_FIND, account_id)
    return None if row is None else _account(row)


async def get_account(conn: Conn | Pool, account_id: AccountId) -> Account:
    """Raises ``NotFound`` where there is none."""
    found = await find_account(conn, account_id)
    if found is None:
        raise NotFound(f"no account {account_id}")
    return found


async def find_account_of(conn: Conn | Pool, actor_id: ActorId) -> Account | None:
    """Read the account of one of ours; None: it has none, or left."""
    row = await conn.fetchrow(_FIND_OF, actor_id)
    return None if row is None else _account(row)


async def delete_account(tx: Tx, account_id: AccountId) -> None:
    """End an account for good, with its sessions, tokens and invitations."""
    await tx.execute(_DELETE, account_id)


async def find_sign_in(conn: Conn | Pool, login: str) -> SignIn | None:
    """Find whom a username or an e-mail address means. Closed accounts are not found."""
    row = await conn.fetchrow(_FIND_BY_LOGIN, login)
    if row is None:
        return None
    return SignIn(_account(row), row["password_hash"], row["is_suspended"])


async def find_mailbox(conn: Conn | Pool, account_id: AccountId) -> Recipient | None:
    """Where a member gets mail. None: nowhere that was confirmed, or the account is closed.

    Who is suspended gets it too: that is how they hear of it.
    """
    row = await conn.fetchrow(_FIND_MAILBOX, account_id)
    if row is None:
        return None
    return Recipient(
        account_id=account_id,
        address=row["email"],
        language=row["language"],
        handle=f"@{row['username']}",
    )


async def update_email(tx: Tx, account_id: AccountId, email: str | None, *, now: datetime) -> None:
    """Give an account an address that was confirmed, or none.

    Raises:
        Invalid: another account has this address.
    """
    try:
        await tx.execute(_UPDATE_EMAIL, account_id, email, now)
    except asyncpg.UniqueViolationError as error:
        raise Invalid(Problem("email", _TAKEN)) from error


async def take_unconfirmed(tx: Tx, email: str, *, but_not_of: AccountId) -> None:
    """Take an address from another account that never confirmed it."""
    await tx.execute(_TAKE_UNCONFIRMED, email, but_not_of)


async def update_password(tx: Tx, account_id: AccountId, password_hash: str) -> None:
    await tx.execute(_UPDATE_PASSWORD, account_id, password_hash)


async def renew_hash(pool: Pool, account_id: AccountId, before: str, password_hash: str) -> None:
    """Store another hash of the same password; nothing where another one was chosen meanwhile."""
    await pool.execute(_RENEW_HASH, account_id, before, password_hash)


async def update_preferences(
    tx: Tx, account_id: AccountId, *, language: str, app_visibility: Visibility
) -> None:
    await tx.execute(_UPDATE_PREFERENCES, account_id, language, app_visibility)


async def find_quote_policy(conn: Conn | Pool, actor_id: ActorId) -> QuotePolicy:
    """Read whom a member lets quote their posts; for an actor without an account, nobody."""
    found = await conn.fetchval(_FIND_QUOTE_POLICY, actor_id)
    return QuotePolicy.NOBODY if found is None else QuotePolicy(found)


async def update_quote_policy(tx: Tx, account_id: AccountId, policy: QuotePolicy) -> None:
    await tx.execute(_UPDATE_QUOTE_POLICY, account_id, policy)


async def update_shortcuts(tx: Tx, account_id: AccountId, *, shortcuts: bool) -> None:
    """Say whether single letters are keys on the member's pages."""
    await tx.execute(_UPDATE_SHORTCUTS, account_id, shortcuts)


async def count_accounts(conn: Conn | Pool) -> int:
    return int(await conn.fetchval(_COUNT))


async def list_faces(conn: Conn | Pool, *, shown: int) -> Faces:
    """Whom a visitor is shown: at most so many members, and the stewards."""
    rows = await conn.fetch(_LIST_FACES, shown)
    return Faces(
        shown=[_public(row) for row in rows if row["part"] == "shown"],
        stewards=[_public(row) for row in rows if row["part"] == "steward"],
    )


async def list_stewards(conn: Conn | Pool) -> list[PublicMember]:
    """Whom to turn to: everyone with a role, the first steward first, at most 20."""
    return [_public(row) for row in await conn.fetch(_LIST_STEWARDS)]


async def find_inviters(
    conn: Conn | Pool, actor_ids: Iterable[ActorId]
) -> dict[ActorId, PublicMember]:
    """Who let members in, of those who are still here. For members alone to see."""
    rows = await conn.fetch(_INVITERS, list(actor_ids))
    return {ActorId(row["actor_id"]): _public(row) for row in rows}


async def list_invited_by(
    conn: Conn | Pool, account_id: AccountId, *, limit: int
) -> list[PublicMember]:
    """Whom a member let in, the last first."""
    return [_public(row) for row in await conn.fetch(_LIST_INVITED, account_id, limit)]


def _public(row: asyncpg.Record) -> PublicMember:
    return PublicMember(row["username"], row["name"], row["avatar_url"], row["summary_html"])


def _account(row: asyncpg.Record) -> Account:
    return Account(
        id=AccountId(row["id"]),
        actor_id=ActorId(row["actor_id"]),
        username=row["username"],
        email=row["email"],
        email_confirmed=row["email_confirmed"],
        role=row["role"],
        language=row["language"],
        app_visibility=Visibility(row["app_visibility"]),
        created_at=row["created_at"],
    )
