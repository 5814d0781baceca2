"""The row of ``house_contact``: whom to write to. SQL that writes it lives here only."""

from fedinet.charter.model import Contact, Steward
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import AccountId, ActorId

# Who lost the role, is shut out or has left is named no more, and again once that is over.
_FIND = query(
    "charter.find_contact",
    """
    SELECT c.email, shown.account_id, shown.actor_id, shown.username
      FROM house_contact c
      LEFT JOIN LATERAL (
             SELECT a.id AS account_id, r.id AS actor_id, r.username
               FROM accounts a
               JOIN actors r ON r.id = a.actor_id
              WHERE a.id = c.account_id AND a.role <> 'member' AND a.disabled_at IS NULL
                AND r.suspended_at IS NULL AND r.gone_at IS NULL
           ) shown ON true
""",
)

_LIST_STEWARDS = query(
    "charter.list_stewards",
    """
    SELECT a.id, a.actor_id, r.username
      FROM accounts a
      JOIN actors r ON r.id = a.actor_id
     WHERE a.role <> 'member' AND a.disabled_at IS NULL
       AND r.suspended_at IS NULL AND r.gone_at IS NULL
     ORDER BY a.id
     LIMIT 100
""",
)

_WRITE = query(
    "charter.write_contact",
    """
    INSERT INTO house_contact (email, account_id)
    VALUES ($1, $2)
        ON CONFLICT (only_row) DO UPDATE
       SET email = excluded.email, account_id = excluded.account_id
""",
)


async def find_contact(conn: Conn | Pool) -> Contact:
    """Whom to write to; an empty one where stewards named nobody."""
    row = await conn.fetchrow(_FIND)
    if row is None:
        return Contact()
    if row["account_id"] is None:
        return Contact(row["email"])
    steward = Steward(AccountId(row["account_id"]), ActorId(row["actor_id"]), row["username"])
    return Contact(row["email"], steward)


async def list_stewards(conn: Conn | Pool) -> list[Steward]:
    """Who can be named: everyone with a role, the first steward first."""
    return [
        Steward(AccountId(row["id"]), ActorId(row["actor_id"]), row["username"])
        for row in await conn.fetch(_LIST_STEWARDS)
    ]


async def write_contact(tx: Tx, email: str, account_id: AccountId | None) -> None:
    await tx.execute(_WRITE, email, account_id)
