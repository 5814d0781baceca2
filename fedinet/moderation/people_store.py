"""Whom stewards look through: members and people elsewhere, by what they ask. SQL lives here only.

A read over ``actors`` and ``accounts``. Members are reached from their accounts: there are few.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

import asyncpg

from fedinet.accounts.model import Role, logins_of
from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, query
from fedinet.http.limits import Limit, attempts_of, closed_until
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import AccountId, ActorId
from fedinet.kernel.paging import FIRST_PAGE, Page

Status: TypeAlias = Literal["active", "suspended", "frozen", "limited"]

_SELECT: Final = (
    "SELECT"
    + ACTOR_COLUMNS
    + """,
           c.id AS account_id, c.email, c.email_confirmed_at IS NOT NULL AS email_confirmed,
           c.role, c.language, c.created_at AS account_created_at,
           c.frozen_at IS NOT NULL AS is_frozen,
           (SELECT time_zone FROM rhythms WHERE rhythms.account_id = c.id) AS time_zone,
           (SELECT inviter.actor_id FROM accounts inviter
             WHERE inviter.id = c.invited_by) AS invited_by"""
)
_LOGINS: Final = """lower(a.username),
                   CASE WHEN c.email_confirmed_at IS NOT NULL THEN lower(c.email) END"""
_COLUMNS: Final = f"{_SELECT}\n      FROM "
_MEMBERS: Final = "accounts c JOIN actors a ON a.id = c.actor_id WHERE c.disabled_at IS NULL"
_ANYBODY: Final = """actors a LEFT JOIN accounts c ON c.actor_id = a.id AND c.disabled_at IS NULL
     WHERE (NOT a.is_local OR c.id IS NOT NULL)"""
_ELSEWHERE: Final = "actors a LEFT JOIN accounts c ON false WHERE NOT a.is_local"
_WANTED: Final = """
       AND a.gone_at IS NULL
       AND CASE $1::text WHEN 'active' THEN a.suspended_at IS NULL
                         WHEN 'suspended' THEN a.suspended_at IS NOT NULL
                         WHEN 'limited' THEN a.limited_at IS NOT NULL
                         WHEN 'frozen' THEN c.frozen_at IS NOT NULL AND a.suspended_at IS NULL
                         ELSE true END
       AND ($2::text[] IS NULL OR c.role = ANY($2))
       AND ($6::text = '' OR starts_with(lower(a.username), $6))
       AND ($7::text = '' OR starts_with(lower(a.name), $7))
       AND ($8::text = '' OR a.domain = $8)
       AND ($9::text = '' OR starts_with(lower(c.email), $9))
       AND ($10::bigint IS NULL OR EXISTS (
            SELECT FROM accounts asked WHERE asked.id = c.invited_by AND asked.actor_id = $10))
""" + between("a.id")
_LISTS: Final = {
    "local": paged("moderation.list_members", _COLUMNS + _MEMBERS + _WANTED, by="a.id"),
    "remote": paged("moderation.list_people_elsewhere", _COLUMNS + _ELSEWHERE + _WANTED, by="a.id"),
    "": paged("moderation.list_people", _COLUMNS + _ANYBODY + _WANTED, by="a.id"),
}
_FIND = query(
    "moderation.find_people",
    _COLUMNS
    + """actors a LEFT JOIN accounts c ON c.actor_id = a.id AND c.disabled_at IS NULL
     WHERE a.id = ANY($1::bigint[])""",
)
_FIND_TRIED = query(
    "moderation.find_person_and_attempts",
    f"""{_SELECT},{attempts_of("$2::text[]", _LOGINS)}
      FROM actors a LEFT JOIN accounts c ON c.actor_id = a.id AND c.disabled_at IS NULL
     WHERE a.id = $1""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What stewards ask for; ``""`` and None: anything. Texts are beginnings, in small letters."""

    origin: Literal["", "local", "remote"] = ""
    status: Status | None = None
    roles: tuple[Role, ...] | None = None
    username: str = ""
    name: str = ""
    domain: str = ""
    email: str = ""
    invited_by: ActorId | None = None

    @property
    def is_of_members(self) -> bool:
        """Only members have what is asked for."""
        asks = (self.roles, self.email, self.invited_by)
        return self.origin == "local" or self.status == "frozen" or any(asks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """What an account adds to an actor, for stewards."""

    account_id: AccountId
    email: str | None
    email_confirmed: bool
    role: Role
    language: str
    time_zone: str
    """``""``: the community's."""
    created_at: datetime
    is_frozen: bool
    invited_by: ActorId | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as stewards see them; ``membership`` None: of another server."""

    actor: Actor
    membership: Membership | None

    @property
    def logins(self) -> tuple[str, ...]:
        """What a member may have typed to sign in; nothing: of another server."""
        one = self.membership
        if one is None:
            return ()
        return logins_of(self.actor.username, one.email if one.email_confirmed else None)


async def list_people(conn: Conn, wanted: Wanted, page: Page = FIRST_PAGE) -> list[Person]:
    """List whoever is meant, those that were known last first; the cursor is the actor's id."""
    if wanted.is_of_members and wanted.origin == "remote":
        return []
    rows = await read_page(
        conn,
        _LISTS["local" if wanted.is_of_members else wanted.origin],
        page,
        wanted.status,
        None if wanted.roles is None else list(wanted.roles),
        wanted.username,
        wanted.name,
        wanted.domain,
        wanted.email,
        wanted.invited_by,
    )
    return [_person(row) for row in rows]


async def find_people(conn: Conn, ids: Iterable[ActorId]) -> Mapping[ActorId, Person]:
    """Those of these that are known: members, people elsewhere, who is gone, our own actors."""
    rows = await conn.fetch(_FIND, list(set(ids)))
    return {ActorId(row["id"]): _person(row) for row in rows}


async def get_person(conn: Conn, actor_id: int) -> Person:
    """Read a member, or somebody of another server.

    Raises:
        NotFound: nobody, gone, or an actor of ours that is no person.
    """
    return _who_is_there(
        (await find_people(conn, [ActorId(actor_id)])).get(ActorId(actor_id)), actor_id
    )


async def get_person_tried(
    conn: Conn, actor_id: int, limits: Iterable[Limit], *, now: datetime
) -> tuple[Person, datetime | None]:
    """The same, and until when too many wrong passwords keep a member out; None: nothing does."""
    known = list(limits)
    row = await conn.fetchrow(_FIND_TRIED, actor_id, [limit.before_name for limit in known])
    person = _who_is_there(None if row is None else _person(row), actor_id)
    if row is None or person.membership is None:
        return person, None
    return person, closed_until(known, row["attempts"], now)


def _who_is_there(found: Person | None, actor_id: int) -> Person:
    if found is None or found.actor.is_gone or (found.actor.is_local and found.membership is None):
        raise NotFound(f"no account {actor_id} to act on")
    return found


def _person(row: asyncpg.Record) -> Person:
    if row["account_id"] is None:
        return Person(actor_of(row), None)
    inviter = row["invited_by"]
    return Person(
        actor_of(row),
        Membership(
            account_id=AccountId(row["account_id"]),
            email=row["email"],
            email_confirmed=row["email_confirmed"],
            role=row["role"],
            language=row["language"],
            time_zone=row["time_zone"] or "",
            created_at=row["account_created_at"],
            is_frozen=row["is_frozen"],
            invited_by=None if inviter is None else ActorId(inviter),
        ),
    )
