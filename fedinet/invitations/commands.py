"""Inviting and joining. Never the network."""

from dataclasses import replace
from datetime import datetime, timedelta

from fedinet.accounts.commands import House, create_account
from fedinet.accounts.model import NewAccount
from fedinet.actors.keys import KeyPair
from fedinet.charter.publishing import accept_all
from fedinet.db.query import Tx
from fedinet.invitations import store
from fedinet.invitations.listed.commands import join_listed
from fedinet.invitations.listed.store import (
    exchange_listed,
    is_promised_role,
    withdraw_every_listed,
)
from fedinet.invitations.model import LIFETIMES, QUOTA_DAYS, check_new
from fedinet.invitations.signals import MemberJoined
from fedinet.kernel.errors import Gone
from fedinet.kernel.ids import AccountId
from fedinet.kernel.problems import Invalid
from fedinet.queue.signals import announce


class DeadInvitation(Gone):
    """The link lets nobody in: unknown, used up, expired or taken back."""

    public = "This invitation no longer works"


async def invite(
    tx: Tx,
    token: str,
    created_by: AccountId,
    *,
    note: str,
    max_uses: int | None,
    lifetime: str,
    is_steward: bool,
    quota: int,
    now: datetime,
) -> None:
    """Make an invitation that the link with ``token`` opens.

    ``quota``: how many a member may make in 30 days.

    Raises:
        Invalid: too many people, too many open ones, or an unknown lifetime.
    """
    await store.lock_inviter(tx, created_by)
    lately = await store.count_since(tx, created_by, since=now - timedelta(days=QUOTA_DAYS))
    problems = check_new(
        note=note,
        max_uses=max_uses,
        lifetime=lifetime,
        open_now=await store.count_open(tx, created_by, now=now),
        left=quota - lately,
        is_steward=is_steward,
    )
    if problems or max_uses is None:
        raise Invalid(*problems)
    await store.insert_invitation(
        tx,
        token,
        created_by,
        note=note,
        max_uses=max_uses,
        expires_at=now + LIFETIMES[lifetime],
    )


async def join(
    tx: Tx,
    token: str,
    guest: NewAccount,
    *,
    house: House,
    keys: KeyPair,
    now: datetime,
    proven: str = "",
) -> AccountId:
    """Take a place of the invitation and make the account, or neither.

    ``guest.invited_by`` is filled in here. Two for the last place queue at its row. ``proven``: an
    address that they have confirmed already; it need not be again if they keep it, unless it is
    promised a role: stewards see this link, and not the mailbox.

    Raises:
        DeadInvitation: there is no place.
        Invalid: the name or the e-mail address cannot be had.
    """
    host = await store.use_invitation(tx, token, now=now)
    if host is None:
        made = await join_listed(tx, token, guest, house=house, keys=keys, now=now)
    else:
        is_kept = bool(proven) and (guest.email or "").lower() == proven.lower()
        is_read = is_kept and not await is_promised_role(tx, proven)
        made = await create_account(
            tx, replace(guest, invited_by=host), house=house, keys=keys, email_confirmed=is_read
        )
    if made is None:
        raise DeadInvitation("no place by this link")
    account_id, actor_id = made
    await accept_all(tx, account_id)
    await announce(tx, MemberJoined(actor_id))
    return account_id


async def exchange(tx: Tx, link_hash: bytes, *, now: datetime) -> AccountId | None:
    """Take a place of a link for who is let in another way; returns whose guest they are.

    So a link lets in as many as it says and no more. None: it lets nobody in.
    """
    host = await store.use_hashed(tx, link_hash, now=now)
    return await exchange_listed(tx, link_hash, now=now) if host is None else host


async def end_every_invitation(tx: Tx) -> int:
    """Take back all links that let people in, whoever made them, and for whom. Returns how many."""
    return await store.revoke_every_invitation(tx) + await withdraw_every_listed(tx)
