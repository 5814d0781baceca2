"""Inviting people from a list, and what stewards do about each. Never the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from fedinet.accounts.commands import House, create_account
from fedinet.accounts.model import NewAccount, Role, may_give
from fedinet.actors.keys import KeyPair
from fedinet.db.query import Conn, Tx
from fedinet.invitations.listed import store
from fedinet.invitations.listed.links import new_links, open_links
from fedinet.invitations.listed.model import (
    LIVES,
    REACHABLE,
    Guest,
    Invited,
    Known,
    Preview,
    Reading,
    Standing,
    check_greeting,
    preview,
)
from fedinet.invitations.signals import RolePromised
from fedinet.kernel.errors import Forbidden, NotFound, Unprocessable
from fedinet.kernel.ids import AccountId, ActorId
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.mail.model import StopReason, Topic
from fedinet.mail.stopping import who_is_stopped, write_again
from fedinet.node.secrets import SecretBox
from fedinet.queue.signals import announce

_ENDED: Final = {
    Standing.JOINED: N_("They have joined already."),
    Standing.IN_LINE: N_("They stand in line, and get another link when there is room."),
    Standing.WITHDRAWN: N_("This invitation was taken back. Put them in a list again."),
    Standing.DECLINED: N_("They asked not to be written to again."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inviting:
    """Who invites, in which role, and how."""

    by: AccountId
    role: Role
    now: datetime
    greeting: str = ""
    language: str = "en"
    """Of those about whom the list says nothing."""


@dataclass(frozen=True, slots=True)
class Handed:
    """Somebody, and the secret part of the link that a steward gives them."""

    person: Invited
    token: str


async def look_ahead(
    conn: Conn,
    reading: Reading,
    *,
    role: Role,
    box: SecretBox,
    now: datetime,
    refused: Mapping[str, Problem] | None = None,
) -> Preview:
    """Say what a list would do, if somebody of this role invited by it."""
    keys = [guest.key for guest in reading.guests]
    found = await store.find_known(conn, keys, now=now)
    stopped = await who_is_stopped(conn, box, keys, Topic.INVITATIONS)
    said_no = {key for key, why in stopped.items() if why is StopReason.ASKED}
    known = Known(
        members=found["member"], invited=found["invited"], unwilling=found["unwilling"] | said_no
    )
    return preview(reading, known, may_give=partial(_may, role), refused=refused)


async def invite_listed(tx: Tx, guests: Sequence[Guest], how: Inviting, *, box: SecretBox) -> int:
    """Invite people, each by links of their own. Returns how many; the same again invites nobody.

    ``guests``: those whom ``look_ahead`` calls new.

    Raises:
        Invalid: the greeting is too long. Unprocessable: a role that ``how.role`` may not give.
    """
    if problems := check_greeting(how.greeting):
        raise Invalid(*problems)
    if not all(_may(how.role, guest.role) for guest in guests):
        said = N_("You may not give this role. Leave it empty: member.")
        raise Unprocessable(f"a list of {how.by} gives more than they may", public=said)
    return await store.insert_listed(
        tx,
        how.by,
        [(guest, guest.language or how.language, new_links(box)) for guest in guests],
        greeting=how.greeting,
        now=how.now,
        expires_at=how.now + LIVES,
    )


async def withdraw(tx: Tx, person_id: int, *, now: datetime) -> None:
    """Take an invitation back; its links open nothing any more. Idempotent.

    Raises:
        NotFound: there is none. Unprocessable: they have joined.
    """
    held = await _get(tx, person_id)
    standing = held.person.standing(now)
    if standing is Standing.JOINED:
        raise _ended(standing)
    if standing is not Standing.WITHDRAWN:
        await store.withdraw_listed(tx, person_id, now=now)


async def send_again(tx: Tx, person_id: int, *, box: SecretBox, now: datetime) -> None:
    """Let an invitation work for another fortnight, and mail it again in its turn.

    An address that was given up because mail came back is tried once more; one whose reader
    said no is not.

    Raises:
        NotFound: there is none. Unprocessable: they joined, said no, or it was taken back.
    """
    held = await _get(tx, person_id)
    if (standing := held.person.standing(now)) not in REACHABLE:
        raise _ended(standing)
    address = held.person.address
    stopped = await who_is_stopped(tx, box, [address], Topic.INVITATIONS)
    if stopped.get(address) is StopReason.BOUNCED:
        await write_again(tx, box, address)
    await store.send_listed_again(tx, person_id, expires_at=now + LIVES)


async def hand_over(tx: Tx, person_id: int, *, role: Role, box: SecretBox, now: datetime) -> Handed:
    """Look up somebody whose link a steward gives them; a lapsed one works for another fortnight.

    ``role``: of who asks. Whoever sees a link can use it: so nobody sees one that gives a role
    which they may not give.

    Raises:
        NotFound: there is none. Unprocessable: they joined, said no, or it was taken back.
        Forbidden: it gives more than who asks may give.
    """
    held = await _get(tx, person_id)
    person = held.person
    if not _may(role, person.role):
        said = N_("This needs somebody with a higher role")
        raise Forbidden(f"{role} asks for the link of a {person.role}", public=said)
    standing = person.standing(now)
    if standing not in REACHABLE:
        raise _ended(standing)
    if standing is Standing.LAPSED:
        person = replace(person, expires_at=now + LIVES)
        await store.prolong_listed(tx, person_id, expires_at=person.expires_at)
    return Handed(person, open_links(box, held.sealed, held.mailed_hash).copied)


async def join_listed(
    tx: Tx, token: str, guest: NewAccount, *, house: House, keys: KeyPair, now: datetime
) -> tuple[AccountId, ActorId] | None:
    """Take a personal invitation and make the account, or neither. None: it lets nobody in.

    The address counts as confirmed where they came by the mailed link and kept it. A role above
    member follows after the commit, if who promised it may still give it.

    Raises:
        Invalid: the name or the e-mail address cannot be had.
    """
    used = await store.use_listed(tx, token, now=now)
    if used is None:
        return None
    is_read = used.by_mail and (guest.email or "").lower() == used.address.lower()
    account_id, actor_id = await create_account(
        tx, replace(guest, invited_by=used.host), house=house, keys=keys, email_confirmed=is_read
    )
    await store.set_account(tx, used.id, account_id)
    if used.role != "member":
        await announce(tx, RolePromised(actor_id, used.role, used.host))
    return account_id, actor_id


def _may(giver: Role, role: Role) -> bool:
    return role == "member" or may_give(giver, role)


async def _get(tx: Tx, person_id: int) -> store.Held:
    held = await store.lock_listed(tx, person_id)
    if held is None:
        raise NotFound(f"no invitation {person_id}")
    return held


def _ended(standing: Standing) -> Unprocessable:
    return Unprocessable(f"an invitation that is {standing}", public=_ENDED[standing])
