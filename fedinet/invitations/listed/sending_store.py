"""Rows of ``invited_people`` on their way by mail: whose turn it is, and what became of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from fedinet.accounts.model import Role
from fedinet.db.query import Pool, Tx, query
from fedinet.invitations.listed.model import Invited
from fedinet.invitations.listed.store import COLUMNS, HOST_ACTS, OPEN, PROMISED, invited_of
from fedinet.kernel.ids import AccountId, ActorId

_LOCK = query(
    "invitations.lock_sending",
    "SELECT pg_try_advisory_xact_lock(hashtextextended('invitations: sending', 0))",
)

_COUNT_MAILED = query(
    "invitations.count_mailed", "SELECT count(*) FROM invited_people WHERE mailed_at > $1"
)

_LIST_DUE = query(
    "invitations.list_due",
    f"""
    SELECT {COLUMNS}, p.secret_sealed, p.mailed_hash,
           coalesce(nullif(r.name, ''), r.username) AS host
      FROM invited_people p
      JOIN accounts a ON a.id = p.created_by
      JOIN actors r ON r.id = a.actor_id
     WHERE {OPEN} AND {HOST_ACTS} AND p.expires_at > $1
       AND (p.mailed_at IS NULL
            OR (p.mailed_at <= $2 AND p.reminded_at IS NULL AND p.sent_at IS NOT NULL
                AND p.bounced_at IS NULL))
       AND NOT EXISTS (SELECT FROM accounts m
                        WHERE lower(m.email) = lower(p.email) AND m.email IS NOT NULL)
     ORDER BY p.mailed_at NULLS FIRST, p.id
     LIMIT $3
       FOR NO KEY UPDATE OF p
""",
)

_SET_MAILED = query(
    "invitations.set_mailed",
    """
    UPDATE invited_people
       SET mail_id = $2, mailed_at = $3::timestamptz,
           reminded_at = CASE WHEN mailed_at IS NOT NULL THEN $3::timestamptz END
     WHERE id = $1
""",
)

_JOIN_ELSEWHERE = query(
    "invitations.join_elsewhere",
    f"""
      WITH came AS (
        SELECT p.id, p.role, p.created_by, m.id AS account_id, m.actor_id,
               {PROMISED} AND m.role = 'member'
               AND (p.expires_at > $1 OR p.in_line_at IS NOT NULL) AS holds
          FROM invited_people p
          JOIN accounts m ON lower(m.email) = lower(p.email) AND m.email IS NOT NULL
         WHERE p.joined_at IS NULL AND p.withdrawn_at IS NULL
           AND m.email_confirmed_at IS NOT NULL AND m.disabled_at IS NULL
           FOR NO KEY UPDATE OF p)
    UPDATE invited_people p
       SET joined_at = $1, email = NULL, name = '', account_id = came.account_id
      FROM came
     WHERE p.id = came.id
 RETURNING came.actor_id, came.role, came.created_by, came.holds
""",
)

_LIST_ON_THEIR_WAY = query(
    "invitations.list_on_their_way",
    f"""
    SELECT p.id, p.email, p.mail_id
      FROM invited_people p
     WHERE {OPEN} AND p.expires_at > $1 AND p.mail_id IS NOT NULL
     ORDER BY p.id
""",
)

_NOTE = query(
    "invitations.note_outcomes",
    """
    UPDATE invited_people
       SET sent_at = CASE WHEN id = ANY ($1::bigint[]) THEN coalesce(sent_at, $4)
                     ELSE sent_at END,
           bounced_at = CASE WHEN id = ANY ($2::bigint[]) THEN coalesce(bounced_at, $4) END,
           declined_at = CASE WHEN id = ANY ($3::bigint[]) THEN $4::timestamptz END
     WHERE id = ANY ($1::bigint[] || $2::bigint[] || $3::bigint[])
""",
)

_FORGET = query(
    "invitations.forget_listed",
    """
    DELETE FROM invited_people
     WHERE expires_at < $1 AND (in_line_at IS NULL OR joined_at IS NOT NULL OR in_line_at < $2)
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Somebody whose turn it is. ``host``: the name of who invited them."""

    person: Invited
    host: str
    sealed: bytes
    mailed_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """Somebody who joined by another door. ``role``: what is to be given; member: nothing."""

    actor_id: ActorId
    role: Role
    host: AccountId


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """Somebody whose message is in the queue, or was."""

    id: int
    address: str
    mail_id: int


async def lock_sending(tx: Tx) -> bool:
    """Be the only one who sends until ``tx`` ends. False: another process does."""
    return bool(await tx.fetchval(_LOCK))


async def count_mailed(tx: Tx, *, since: datetime) -> int:
    return int(await tx.fetchval(_COUNT_MAILED, since))


async def list_due(tx: Tx, *, now: datetime, sent_before: datetime, limit: int) -> list[Due]:
    """Who was never written to, the first first; then whom to remind. Members are left alone."""
    return [
        Due(
            person=invited_of(row),
            host=row["host"],
            sealed=row["secret_sealed"],
            mailed_hash=row["mailed_hash"],
        )
        for row in await tx.fetch(_LIST_DUE, now, sent_before, limit)
    ]


async def set_mailed(tx: Tx, person_id: int, mail_id: int, *, now: datetime) -> None:
    """Note a message; a second one is the reminder."""
    await tx.execute(_SET_MAILED, person_id, mail_id, now)


async def join_elsewhere(tx: Tx, *, now: datetime) -> list[Came]:
    """End the invitations of members who have shown that the address is theirs.

    A role is not given where the link had ended, nor to who has one already.
    """
    return [
        Came(
            actor_id=ActorId(row["actor_id"]),
            role=row["role"] if row["holds"] else "member",
            host=AccountId(row["created_by"]),
        )
        for row in await tx.fetch(_JOIN_ELSEWHERE, now)
    ]


async def list_on_their_way(tx: Tx, *, now: datetime) -> list[OnTheWay]:
    """Whose message may have arrived, come back, or been answered with "no more"."""
    rows = await tx.fetch(_LIST_ON_THEIR_WAY, now)
    return [OnTheWay(row["id"], row["email"], row["mail_id"]) for row in rows]


async def note_outcomes(
    tx: Tx,
    *,
    sent: Sequence[int],
    bounced: Collection[int],
    declined: Collection[int],
    now: datetime,
) -> None:
    """Write down what became of people’s messages. Idempotent."""
    await tx.execute(_NOTE, sent, list(bounced), list(declined), now)


async def forget(pool: Pool, *, before: datetime, in_line: datetime) -> None:
    """Delete the rows of those whose links ended before; ``in_line``: who stands there since."""
    await pool.execute(_FORGET, before, in_line)
