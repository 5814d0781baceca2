"""Who has which role among ``accounts``, and who is frozen. SQL lives here only."""

from dataclasses import dataclass
from datetime import datetime

from fedinet.accounts.model import Role
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import AccountId, ActorId

_LIST = query(
    "accounts.list_standing",
    """
    SELECT a.id, a.actor_id, r.username, a.role, a.created_at, a.frozen_at IS NOT NULL AS is_frozen,
           r.suspended_at IS NOT NULL AS is_suspended, r.limited_at IS NOT NULL AS is_limited
      FROM accounts a
      JOIN actors r ON r.id = a.actor_id
     WHERE a.disabled_at IS NULL AND r.gone_at IS NULL
     ORDER BY a.id
     LIMIT $1
""",
)

_LOCK = query(
    "accounts.lock_standing",
    """
    SELECT a.id, a.role, a.frozen_at IS NOT NULL AS is_frozen, a.language
      FROM accounts a
     WHERE a.actor_id = $1 AND a.disabled_at IS NULL
       FOR NO KEY UPDATE
""",
)

# Locked in one order, so that owners who act on each other take turns. The state is read after
# the lock: a statement that waits sees the rows that it locks as they are then.
_LOCK_OWNERS = query(
    "accounts.lock_owners",
    """
    SELECT a.id, a.actor_id
      FROM accounts a
     WHERE a.role = 'owner' AND a.disabled_at IS NULL AND a.frozen_at IS NULL
     ORDER BY a.id
       FOR NO KEY UPDATE
""",
)
_ACTING = query(
    "accounts.filter_acting",
    """
    SELECT a.id
      FROM accounts a
      JOIN actors r ON r.id = a.actor_id
     WHERE a.id = ANY($1::bigint[]) AND r.suspended_at IS NULL AND r.gone_at IS NULL
""",
)

_SET_ROLE = query("accounts.set_role", "UPDATE accounts SET role = $2 WHERE id = $1")

_SET_FROZEN = query(
    "accounts.set_frozen",
    """
    UPDATE accounts
       SET frozen_at = CASE WHEN $2 THEN coalesce(frozen_at, now()) END
     WHERE id = $1
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stewards know of an account before they act on it."""

    account_id: AccountId
    role: Role
    is_frozen: bool
    language: str
    """Of the pages that they read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAccount:
    """One line of the list of those who have an account."""

    account_id: AccountId
    actor_id: ActorId
    username: str
    role: Role
    created_at: datetime
    is_frozen: bool
    is_suspended: bool
    is_limited: bool


async def list_accounts(conn: Conn, *, limit: int) -> list[ListedAccount]:
    """List whoever has an account, the first first."""
    return [
        ListedAccount(
            account_id=AccountId(row["id"]),
            actor_id=ActorId(row["actor_id"]),
            username=row["username"],
            role=row["role"],
            created_at=row["created_at"],
            is_frozen=row["is_frozen"],
            is_suspended=row["is_suspended"],
            is_limited=row["is_limited"],
        )
        for row in await conn.fetch(_LIST, limit)
    ]


async def lock_standing(tx: Tx, actor_id: ActorId) -> Standing | None:
    """Read a member's standing, and let nobody change it until ``tx`` ends; None: no member."""
    row = await tx.fetchrow(_LOCK, actor_id)
    if row is None:
        return None
    return Standing(
        account_id=AccountId(row["id"]),
        role=row["role"],
        is_frozen=row["is_frozen"],
        language=row["language"],
    )


async def lock_owners(tx: Tx) -> frozenset[AccountId]:
    """Who owns the node and can act, until ``tx`` ends: neither frozen nor suspended nor gone."""
    locked = [row["id"] for row in await tx.fetch(_LOCK_OWNERS)]
    return frozenset(AccountId(row["id"]) for row in await tx.fetch(_ACTING, locked))


async def set_role(tx: Tx, account_id: AccountId, role: Role) -> None:
    await tx.execute(_SET_ROLE, account_id, role)


async def set_frozen(tx: Tx, account_id: AccountId, *, frozen: bool) -> None:
    await tx.execute(_SET_FROZEN, account_id, frozen)
