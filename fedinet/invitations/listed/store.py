"""Rows of ``invited_people``. SQL of the table lives here and in ``sending_store`` only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from fedinet.accounts.model import Role
from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.invitations.listed.links import Kept, hash_of
from fedinet.invitations.listed.model import REACHABLE, Guest, Invited, Standing
from fedinet.invitations.model import Expected, Host
from fedinet.kernel.ids import AccountId
from fedinet.kernel.paging import Page
from fedinet.node.resealing import sealed_column

COLUMNS: Final = """ p.id, p.created_by, p.name, p.email, p.role, p.language, p.greeting,
       p.created_at, p.expires_at, p.mailed_at, p.sent_at, p.reminded_at, p.bounced_at,
       p.declined_at, p.withdrawn_at, p.joined_at, p.in_line_at"""
PROMISED: Final = " p.joined_at IS NULL AND p.withdrawn_at IS NULL AND p.declined_at IS NULL "
OPEN: Final = f"{PROMISED} AND p.in_line_at IS NULL "
HOST_ACTS: Final = " a.disabled_at IS NULL AND a.frozen_at IS NULL AND r.suspended_at IS NULL "

_INSERT = query(
    "invitations.insert_listed",
    """
    INSERT INTO invited_people (created_by, name, email, role, language, greeting, secret_sealed,
                                mailed_hash, copied_hash, created_at, expires_at)
    SELECT $1, g.name, g.email, g.role, g.language, $2, g.sealed, g.mailed, g.copied, $3, $4
      FROM unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::bytea[],
                  $11::bytea[]) AS g (name, email, role, language, sealed, mailed, copied)
        ON CONFLICT (lower(email)) WHERE joined_at IS NULL AND withdrawn_at IS NULL
        DO UPDATE
       SET created_by = excluded.created_by, name = excluded.name, email = excluded.email,
           role = excluded.role, language = excluded.language, greeting = excluded.greeting,
           secret_sealed = excluded.secret_sealed, mailed_hash = excluded.mailed_hash,
           copied_hash = excluded.copied_hash, created_at = excluded.created_at,
           expires_at = excluded.expires_at, mail_id = NULL, mailed_at = NULL, sent_at = NULL,
           reminded_at = NULL, bounced_at = NULL, in_line_at = NULL
     WHERE invited_people.expires_at <= $3 AND invited_people.declined_at IS NULL
 RETURNING id
""",
)

_KNOWN = query(
    "invitations.find_known",
    """
    SELECT lower(email) AS key, 'member' AS known FROM accounts
     WHERE lower(email) = ANY ($1::text[]) AND email IS NOT NULL
     UNION ALL
    SELECT lower(email), CASE WHEN declined_at IS NULL THEN 'invited' ELSE 'unwilling' END
      FROM invited_people
     WHERE lower(email) = ANY ($1::text[]) AND joined_at IS NULL AND withdrawn_at IS NULL
       AND (expires_at > $2 OR declined_at IS NOT NULL)
""",
)

_FIND = query(
    "invitations.find_listed",
    f"""
    SELECT {COLUMNS}, r.name AS host_name, r.username AS host,
           ({HOST_ACTS}) AS host_acts
      FROM invited_people p
      JOIN accounts a ON a.id = p.created_by
      JOIN actors r ON r.id = a.actor_id
     WHERE p.mailed_hash = $1 OR p.copied_hash = $1
""",  # our own columns
)

_USE = query(
    "invitations.use_listed",
    f"""
      WITH found AS (
        SELECT p.id, p.email, p.created_by, p.role, p.mailed_hash = $1 AS by_mail
          FROM invited_people p
          JOIN accounts a ON a.id = p.created_by
          JOIN actors r ON r.id = a.actor_id
         WHERE (p.mailed_hash = $1 OR p.copied_hash = $1) AND p.expires_at > $2
           AND {OPEN} AND {HOST_ACTS}
           FOR UPDATE OF p)
    UPDATE invited_people p
       SET joined_at = $2, email = NULL, name = ''
      FROM found
     WHERE p.id = found.id AND p.joined_at IS NULL
 RETURNING p.id, found.email, found.created_by, found.role, found.by_mail
""",
)

_IS_PROMISED_ROLE = query(
    "invitations.is_promised_role",
    f"""
    SELECT EXISTS (SELECT FROM invited_people p
                    WHERE lower(p.email) = lower($1) AND p.role <> 'member' AND {PROMISED})
""",
)

_SET_ACCOUNT = query(
    "invitations.set_account_of_listed", "UPDATE invited_people SET account_id = $2 WHERE id = $1"
)

_LIST = paged(
    "invitations.list_listed",
    f"""
    SELECT {COLUMNS}, r.username
      FROM invited_people p
 LEFT JOIN accounts a ON a.id = p.account_id
 LEFT JOIN actors r ON r.id = a.actor_id
     WHERE true
"""
    + between("p.id", at=1),
    by="p.id",
    at=1,
)

_COUNT = query(
    "invitations.count_listed",
    """
    SELECT CASE WHEN joined_at IS NOT NULL THEN 'joined'
                WHEN withdrawn_at IS NOT NULL THEN 'withdrawn'
                WHEN declined_at IS NOT NULL THEN 'declined'
                WHEN in_line_at IS NOT NULL THEN 'in_line'
                WHEN expires_at <= $1 THEN 'lapsed'
                WHEN bounced_at IS NOT NULL THEN 'bounced'
                WHEN sent_at IS NOT NULL THEN 'sent'
                ELSE 'waiting' END AS standing,
           count(*) AS people
      FROM invited_people
     GROUP BY 1
""",
)

_GET = query(
    "invitations.get_listed",
    f"""
    SELECT {COLUMNS}, p.secret_sealed, p.mailed_hash
      FROM invited_people p
     WHERE p.id = $1
       FOR NO KEY UPDATE
""",
)

_WITHDRAW = query(
    "invitations.withdraw_listed",
    "UPDATE invited_people SET withdrawn_at = $2 WHERE id = $1",
)

_WITHDRAW_EVERY = query(
    "invitations.withdraw_every_listed",
    f"UPDATE invited_people p SET withdrawn_at = now() WHERE {PROMISED}",  # our own condition
)

_EXCHANGE = query(
    "invitations.exchange_listed",
    f"""
    UPDATE invited_people p
       SET in_line_at = $2
      FROM accounts a
      JOIN actors r ON r.id = a.actor_id
     WHERE (p.mailed_hash = $1 OR p.copied_hash = $1) AND p.expires_at > $2
       AND a.id = p.created_by AND {OPEN} AND {HOST_ACTS}
 RETURNING p.created_by
""",  # our own columns
)

_AGAIN = query(
    "invitations.send_listed_again",
    """
    UPDATE invited_people
       SET expires_at = $2, mail_id = NULL, mailed_at = NULL, sent_at = NULL, bounced_at = NULL,
           reminded_at = NULL
     WHERE id = $1
""",
)

_PROLONG = query(
    "invitations.prolong_listed", "UPDATE invited_people SET expires_at = $2 WHERE id = $1"
)


SEALED: Final = sealed_column(
    "invitations", "invited_people", "secret_sealed", key="mailed_hash", of="bytea"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a personal link leads to, whether it still works or not."""

    person: Invited
    host: Host
    host_acts: bool
    """Whether who invited may still let anybody in."""

    def works(self, now: datetime) -> bool:
        """Tell whether it lets its one guest in."""
        return self.host_acts and self.person.standing(now) in REACHABLE - {Standing.LAPSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A personal invitation that was just taken."""

    id: int
    address: str
    host: AccountId
    role: Role
    by_mail: bool
    """They came by the link that only their mailbox was told."""


@dataclass(frozen=True, slots=True)
class Held:
    """A row that is held until the transaction ends, with its sealed links."""

    person: Invited
    sealed: bytes
    mailed_hash: bytes


async def insert_listed(
    tx: Tx,
    created_by: AccountId,
    guests: Sequence[tuple[Guest, str, Kept]],
    *,
    greeting: str,
    now: datetime,
    expires_at: datetime,
) -> int:
    """Store people, each with a language and links; returns how many.

    Who was invited before and let it lapse is invited anew. Others who are
    known stay as they are: of two lists at once the first has them.
    """
    rows = await tx.fetch(
        _INSERT,
        created_by,
        greeting,
        now,
        expires_at,
        [guest.name for guest, _, _ in guests],
        [guest.address for guest, _, _ in guests],
        [guest.role for guest, _, _ in guests],
        [language for _, language, _ in guests],
        [kept.sealed for _, _, kept in guests],
        [kept.mailed_hash for _, _, kept in guests],
        [kept.copied_hash for _, _, kept in guests],
    )
    return len(rows)


async def find_known(
    conn: Conn, keys: Sequence[str], *, now: datetime
) -> dict[str, frozenset[str]]:
    """Which addresses (``Guest.key``) are of a ``member``, ``invited`` or ``unwilling``."""
    found: dict[str, set[str]] = {"member": set(), "invited": set(), "unwilling": set()}
    for row in await conn.fetch(_KNOWN, list(keys), now):
        found[row["known"]].add(row["key"])
    return {known: frozenset(of) for known, of in found.items()}


async def find_listed(conn: Conn | Pool, token: str) -> Opened | None:
    """What a personal link leads to. None: it is no such link."""
    row = await conn.fetchrow(_FIND, hash_of(token))
    if row is None:
        return None
    person = invited_of(row)
    expects = Expected(name=person.name, address=person.address, greeting=person.greeting)
    host = Host(
        account_id=person.created_by,
        name=row["host_name"] or row["host"],
        username=row["host"],
        expects=expects,
    )
    return Opened(person=person, host=host, host_acts=row["host_acts"])


async def use_listed(tx: Tx, token: str, *, now: datetime) -> Used | None:
    """Take a personal invitation; of two at once one gets it. None: it lets nobody in."""
    row = await tx.fetchrow(_USE, hash_of(token), now)
    if row is None:
        return None
    return Used(
        id=row["id"],
        address=row["email"],
        host=AccountId(row["created_by"]),
        role=row["role"],
        by_mail=row["by_mail"],
    )


async def set_account(tx: Tx, person_id: int, account_id: AccountId) -> None:
    """Note who came by an invitation."""
    await tx.execute(_SET_ACCOUNT, person_id, account_id)


async def list_listed(conn: Conn, page: Page) -> list[Invited]:
    """Who was invited from lists, the last first."""
    return [invited_of(row, row["username"] or "") for row in await read_page(conn, _LIST, page)]


async def count_listed(conn: Conn, *, now: datetime) -> dict[Standing, int]:
    """How many stand where."""
    rows = await conn.fetch(_COUNT, now)
    return {Standing(row["standing"]): row["people"] for row in rows}


async def lock_listed(tx: Tx, person_id: int) -> Held | None:
    """Read one of them, and let nobody change it until ``tx`` ends. None: there is no such row."""
    row = await tx.fetchrow(_GET, person_id)
    return None if row is None else Held(invited_of(row), row["secret_sealed"], row["mailed_hash"])


async def withdraw_listed(tx: Tx, person_id: int, *, now: datetime) -> None:
    await tx.execute(_WITHDRAW, person_id, now)


async def withdraw_every_listed(tx: Tx) -> int:
    """Take all of them back. Returns how many.

    Lapsed ones too: such a link can be prolonged. Who gave theirs for a place in the line keeps
    the place, and not the role that it promised.
    """
    return int((await tx.execute(_WITHDRAW_EVERY)).rpartition(" ")[2])


async def is_promised_role(tx: Tx, address: str) -> bool:
    """Tell whether a list promises who reads this mailbox more than to be a member."""
    return bool(await tx.fetchval(_IS_PROMISED_ROLE, address))


async def exchange_listed(tx: Tx, token_hash: bytes, *, now: datetime) -> AccountId | None:
    """Give a personal invitation for a place in the line; whose guest it is. None: it is dead."""
    found = await tx.fetchval(_EXCHANGE, token_hash, now)
    return None if found is None else AccountId(found)


async def send_listed_again(tx: Tx, person_id: int, *, expires_at: datetime) -> None:
    """Put one of them in the row again, as if nothing had been sent."""
    await tx.execute(_AGAIN, person_id, expires_at)


async def prolong_listed(tx: Tx, person_id: int, *, expires_at: datetime) -> None:
    await tx.execute(_PROLONG, person_id, expires_at)


def invited_of(row: asyncpg.Record, username: str = "") -> Invited:
    """A row of ``COLUMNS``."""
    return Invited(
        id=row["id"],
        created_by=AccountId(row["created_by"]),
        name=row["name"],
        address=row["email"] or "",
        role=row["role"],
        language=row["language"],
        greeting=row["greeting"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        mailed_at=row["mailed_at"],
        sent_at=row["sent_at"],
        reminded_at=row["reminded_at"],
        bounced_at=row["bounced_at"],
        declined_at=row["declined_at"],
        withdrawn_at=row["withdrawn_at"],
        joined_at=row["joined_at"],
        in_line_at=row["in_line_at"],
        username=username,
    )
