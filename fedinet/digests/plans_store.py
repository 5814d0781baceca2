"""Rows of ``letter_plans`` and ``letters_told``. SQL of the tables lives here only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from fedinet.db.query import Conn, Tx, query
from fedinet.digests.model import Rubric
from fedinet.kernel.ids import AccountId, ActorId

_AHEAD: Final = timedelta(hours=50)
"""No look is further ahead; one that is was planned by a clock that was wrong."""
_AGAIN: Final = timedelta(hours=6)
"""What was claimed is looked at again after that, where its job was given up."""

_READERS: Final = """
      FROM accounts a
      JOIN actors r ON r.id = a.actor_id AND r.suspended_at IS NULL AND r.gone_at IS NULL
      LEFT JOIN letter_plans p ON p.account_id = a.id
"""
_WRITTEN_TO: Final = """
     WHERE a.email IS NOT NULL AND a.email_confirmed_at IS NOT NULL AND a.disabled_at IS NULL
       AND NOT EXISTS (SELECT FROM node WHERE paused_at IS NOT NULL)
"""

# $1: now; $2: how many; $3: when to look again; $4: nothing is planned later than this.
# Whether it is due is asked of the row, too: what another process has claimed meanwhile is not.
_CLAIM_DUE = query(
    "digests.claim_due",
    f"""
    INSERT INTO letter_plans (account_id, due_at, at_once_after, looked_until)
    SELECT a.id, $3::timestamptz, $1::timestamptz, $1::timestamptz
    {_READERS} {_WRITTEN_TO}
       AND (p.account_id IS NULL OR p.due_at <= $1 OR p.due_at > $4)
     ORDER BY a.id
     LIMIT $2
        ON CONFLICT (account_id) DO UPDATE SET due_at = excluded.due_at
     WHERE letter_plans.due_at <= $1 OR letter_plans.due_at > $4
    RETURNING account_id
""",
)

_CLAIM_AT_ONCE = query(
    "digests.claim_at_once",
    f"""
    UPDATE letter_plans
       SET at_once_after = $3
     WHERE (at_once_after <= $1 OR at_once_after > $4) AND account_id IN (
        SELECT a.id
        {_READERS}
          JOIN rhythms h ON h.account_id = a.id
           AND 'at_once' IN (h.mail_waiting, h.mail_mentions, h.mail_newcomers, h.mail_community)
        {_WRITTEN_TO}
           AND (p.at_once_after <= $1 OR p.at_once_after > $4)
           AND (p.looked_until > $1  -- by a clock that was wrong
                OR EXISTS (
                SELECT FROM notifications n
                 WHERE n.owner_id = a.actor_id AND n.created_at > p.looked_until
                   AND n.id > (extract(epoch FROM p.looked_until) * 1000)::bigint << 16)
                OR EXISTS (SELECT FROM announcements s WHERE s.published_at > p.looked_until
                                                         AND s.published_at <= $1)
                OR EXISTS (SELECT FROM accounts other WHERE other.created_at > p.looked_until))
         ORDER BY a.id
         LIMIT $2)
    RETURNING account_id
""",
)

_LOCK = query(
    "digests.lock_plan",
    """
    SELECT p.told_day, a.actor_id
      FROM letter_plans p
      JOIN accounts a ON a.id = p.account_id
      JOIN actors r ON r.id = a.actor_id AND r.suspended_at IS NULL
     WHERE p.account_id = $1
       FOR UPDATE OF p
""",
)

_SET_DUE = query(
    "digests.set_due",
    "UPDATE letter_plans SET due_at = $2, told_day = $3 WHERE account_id = $1",
)
_LOOK_NOW = query(
    "digests.look_now",
    "UPDATE letter_plans SET due_at = '-infinity', at_once_after = least(at_once_after, $2)"
    " WHERE account_id = $1",
)
_SET_AT_ONCE = query(
    "digests.set_at_once",
    """
    UPDATE letter_plans
       SET at_once_after = $2, looked_until = coalesce($3, looked_until)
     WHERE account_id = $1
""",
)

_LIST_TOLD = query(
    "digests.list_told", "SELECT rubric, until FROM letters_told WHERE account_id = $1"
)
_SET_TOLD = query(
    "digests.set_told",
    """
    INSERT INTO letters_told (account_id, rubric, until)
    SELECT $1, rubric, $3 FROM unnest($2::text[]) AS rubric
        ON CONFLICT (account_id, rubric) DO UPDATE SET until = excluded.until
""",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Of one member, locked."""

    account_id: AccountId
    actor_id: ActorId
    told_day: date | None
    """None: nobody has looked yet."""


async def claim_due(tx: Tx, now: datetime, *, most: int) -> list[AccountId]:
    """Members whose mail of a day may be due. Who was claimed is left alone for a while."""
    rows = await tx.fetch(_CLAIM_DUE, now, most, now + _AGAIN, now + _AHEAD)
    return [AccountId(row["account_id"]) for row in rows]


async def claim_at_once(tx: Tx, now: datetime, *, most: int) -> list[AccountId]:
    """Members who want something at once, and of whom there is something new."""
    rows = await tx.fetch(_CLAIM_AT_ONCE, now, most, now + timedelta(minutes=2), now + _AHEAD)
    return [AccountId(row["account_id"]) for row in rows]


async def lock_plan(tx: Tx, account_id: AccountId) -> Plan | None:
    """Wait for whoever else writes to them just now. None: the member is gone, or suspended."""
    row = await tx.fetchrow(_LOCK, account_id)
    if row is None:
        return None
    return Plan(account_id, ActorId(row["actor_id"]), row["told_day"])


async def set_due(tx: Tx, account_id: AccountId, at: datetime, told: date) -> None:
    await tx.execute(_SET_DUE, account_id, at, told)


async def set_at_once(
    tx: Tx, account_id: AccountId, after: datetime, looked_until: datetime | None = None
) -> None:
    await tx.execute(_SET_AT_ONCE, account_id, after, looked_until)


async def look_now(tx: Tx, account_id: AccountId, now: datetime) -> None:
    """The member chose anew: plan anew."""
    await tx.execute(_LOOK_NOW, account_id, now + timedelta(minutes=10))


async def list_told(conn: Conn, account_id: AccountId) -> Mapping[Rubric, datetime]:
    rows = await conn.fetch(_LIST_TOLD, account_id)
    return {Rubric(row["rubric"]): row["until"] for row in rows}


async def set_told(
    tx: Tx, account_id: AccountId, rubrics: Iterable[Rubric], until: datetime
) -> None:
    await tx.execute(_SET_TOLD, account_id, list(rubrics), until)
