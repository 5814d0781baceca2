"""Rows of ``mails``. SQL of the table lives here only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.db.text import storable_reason
from fedinet.kernel.ids import AccountId
from fedinet.mail.model import Mail, MailKind, Outcome, Recipient, Stranger
from fedinet.node.resealing import sealed_column

_NEW_ID = query("mail.new_id", "SELECT new_id()")

_INSERT = query(
    "mail.insert_mail",
    """
    INSERT INTO mails (id, account_id, recipient, kind, language, facts, link_sealed, created_at,
                       expires_at)
    VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9)
""",
)

_BEGIN = query(
    "mail.begin_attempt",
    """
    UPDATE mails
       SET attempts = attempts + 1
     WHERE id = $1 AND ended_at IS NULL
 RETURNING id, account_id, recipient, kind, language, facts, link_sealed, created_at, expires_at,
           attempts
""",
)

_AGAIN = query(
    "mail.try_again",
    """
    UPDATE mails
       SET last_error = $3
     WHERE id = $1 AND attempts = $2 AND ended_at IS NULL
 RETURNING id
""",
)

_END = query(
    "mail.end",
    """
    UPDATE mails
       SET ended_at = now(), outcome = $3, last_error = coalesce($4, last_error), refusal = $5,
           lies_here = $6, recipient = NULL, facts = NULL, link_sealed = NULL
     WHERE id = $1 AND attempts = $2 AND ended_at IS NULL
""",
)

_DROP = query("mail.drop", "DELETE FROM mails WHERE id = $1 AND attempts = $2")

_DROP_WAITING = query(
    "mail.drop_waiting",
    "DELETE FROM mails WHERE account_id = $1 AND kind = $2 AND ended_at IS NULL",
)

_EXPIRE = query(
    "mail.expire",
    """
    UPDATE mails
       SET ended_at = now(), outcome = 'expired', recipient = NULL, facts = NULL,
           link_sealed = NULL
     WHERE ended_at IS NULL AND expires_at < coalesce($1, 'infinity'::timestamptz)
""",
)

_PEEK = query("mail.peek", "SELECT kind FROM mails WHERE id = $1 AND ended_at IS NULL")

_COUNT_SENT = query(
    "mail.count_sent",
    "SELECT count(*) FROM mails WHERE ended_at > $1 AND outcome = 'sent'",
)

_TAG = query("mail.tag_address", "UPDATE mails SET address_tag = $2 WHERE id = $1")

_BOUNCED = query(
    "mail.mark_bounced",
    """
    UPDATE mails
       SET outcome = 'refused', refusal = 'bounced', last_error = $2
     WHERE id = $1 AND outcome = 'sent'
 RETURNING address_tag
""",
)

_OUTCOMES = query(
    "mail.read_outcomes",
    """
    SELECT id, coalesce(refusal, outcome) AS outcome FROM mails WHERE id = ANY($1::bigint[])
""",
)

_FORGET = query("mail.forget", "DELETE FROM mails WHERE ended_at < $1")

_STATE = query(
    "mail.read_state",
    """
    SELECT (SELECT count(*) FROM mails WHERE ended_at IS NULL) AS waiting,
           (SELECT count(*) FROM mails WHERE ended_at > $1 AND outcome = 'sent'
                                      AND NOT lies_here) AS sent,
           (SELECT count(*) FROM mails WHERE ended_at > $1 AND outcome = 'sent'
                                      AND lies_here) AS kept,
           (SELECT count(*) FROM mails WHERE ended_at > $1 AND outcome <> 'sent') AS failed,
           (SELECT count(*) FROM mail_stops WHERE reason = 'bounced') AS dead
""",
)

_LIST_TROUBLED = query(
    "mail.list_troubled",
    """
    SELECT m.id, m.kind, r.username, m.created_at, m.attempts,
           coalesce(m.refusal, m.outcome) AS outcome, m.last_error
      FROM ((SELECT * FROM mails
              WHERE ended_at IS NULL
              ORDER BY expires_at DESC
              LIMIT $1)
             UNION ALL
            (SELECT * FROM mails
              WHERE ended_at IS NOT NULL AND outcome <> 'sent'
              ORDER BY ended_at DESC
              LIMIT $1)) AS m
      LEFT JOIN accounts a ON a.id = m.account_id
      LEFT JOIN actors r ON r.id = a.actor_id
     ORDER BY m.id DESC
     LIMIT $1
""",
)


SEALED: Final = sealed_column("mail", "mails", "link_sealed", key="id", of="bigint")


@dataclass(frozen=True, slots=True)
class State:
    """How many wait, and how many were sent, kept here for want of a server, or failed."""

    waiting: int
    sent: int
    kept: int
    failed: int
    dead: int
    """Addresses that get nothing but security, since mail to them came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubled:
    """A message that waits, or did not arrive. ``why`` is what the server said last."""

    id: int
    kind: str
    username: str | None
    """None: the reader has no account."""
    created_at: datetime
    attempts: int
    outcome: Outcome | None
    """None: it waits."""
    why: str


async def new_mail_id(tx: Tx) -> int:
    return int(await tx.fetchval(_NEW_ID))


async def insert_mail(
    tx: Tx,
    mail_id: int,
    to: Recipient | Stranger,
    kind: MailKind,
    *,
    facts: Mapping[str, str],
    link_sealed: bytes | None,
    now: datetime,
    expires_at: datetime,
) -> None:
    body = msgspec.json.encode(facts).decode()
    account_id = to.account_id if isinstance(to, Recipient) else None
    await tx.execute(
        _INSERT, mail_id, account_id, to.address, kind, to.language, body, link_sealed, now,
        expires_at,
    )  # fmt: skip


async def peek(tx: Tx, mail_id: int) -> str | None:
    """The kind of a message that has not ended."""
    return await tx.fetchval(_PEEK, mail_id)


async def count_sent(tx: Tx, *, since: datetime) -> int:
    return int(await tx.fetchval(_COUNT_SENT, since))


async def begin(tx: Tx, mail_id: int) -> Mail | None:
    """Count an attempt at a message that has not ended. None: there is nothing to send."""
    row = await tx.fetchrow(_BEGIN, mail_id)
    if row is None:
        return None
    account_id = row["account_id"]
    return Mail(
        id=row["id"],
        account_id=None if account_id is None else AccountId(account_id),
        recipient=row["recipient"],
        kind=row["kind"],
        language=row["language"],
        facts=msgspec.json.decode(row["facts"], type=dict[str, str]),
        link_sealed=row["link_sealed"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        attempts=row["attempts"],
    )


async def try_again(tx: Tx, mail: Mail, reason: str) -> bool:
    """Leave the message in the queue. False: it is another's by now, or has ended."""
    return await tx.fetchval(_AGAIN, mail.id, mail.attempts, storable_reason(reason)) is not None


async def end(
    tx: Tx, mail: Mail, outcome: Outcome, reason: str | None = None, *, lies_here: bool = False
) -> None:
    """Close a message, and forget what it said and to whom; not one that is another's by now.

    ``lies_here``: there is no mail server, so that it was only written down.
    """
    why = None if reason is None else storable_reason(reason)
    refusal = outcome if outcome in (Outcome.BOUNCED, Outcome.WITHHELD) else None
    ended = outcome if refusal is None else Outcome.REFUSED
    await tx.execute(_END, mail.id, mail.attempts, ended, why, refusal, lies_here)


async def drop(tx: Tx, mail: Mail) -> None:
    """Forget a message that has nothing to say any more: nothing failed, and nothing was sent."""
    await tx.execute(_DROP, mail.id, mail.attempts)


async def drop_waiting(tx: Tx, account_id: AccountId, kind: MailKind) -> None:
    """Forget a member's messages of a kind that were not sent yet."""
    await tx.execute(_DROP_WAITING, account_id, kind)


async def tag_address(tx: Tx, mail: Mail, tag: str) -> None:
    """Note where a message goes, in a way that stays when the address is forgotten."""
    await tx.execute(_TAG, mail.id, tag)


async def mark_bounced(tx: Tx, mail_id: int, reason: str) -> str | None:
    """Note that a message came back. Returns where it went; None: forgotten, or noted before."""
    return await tx.fetchval(_BOUNCED, mail_id, storable_reason(reason))


async def read_outcomes(conn: Conn, mail_ids: Sequence[int]) -> dict[int, Outcome | None]:
    """How messages ended; None: it waits. One that ended over two weeks ago is missing."""
    return {
        row["id"]: None if row["outcome"] is None else Outcome(row["outcome"])
        for row in await conn.fetch(_OUTCOMES, mail_ids)
    }


async def expire(pool: Pool, *, before: datetime | None) -> None:
    """Close what was of use only until then; None: all that waits."""
    await pool.execute(_EXPIRE, before)


async def forget(pool: Pool, *, before: datetime) -> None:
    await pool.execute(_FORGET, before)


async def read_state(conn: Conn, *, since: datetime) -> State:
    row = await conn.fetchrow(_STATE, since)
    assert row is not None  # noqa: S101  # a SELECT of counts has a row
    return State(**row)


async def list_troubled(conn: Conn, *, limit: int) -> list[Troubled]:
    """What waits, and what did not arrive: the newest of both."""
    return [
        Troubled(
            id=row["id"],
            kind=row["kind"],
            username=row["username"],
            created_at=row["created_at"],
            attempts=row["attempts"],
            outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
            why=row["last_error"] or "",
        )
        for row in await conn.fetch(_LIST_TROUBLED, limit)
    ]
