"""A member's e-mail address: it counts once somebody has opened the link that was sent there."""

from datetime import datetime, timedelta
from typing import Final

from fedinet.accounts import links_store, store
from fedinet.accounts.links_store import Purpose
from fedinet.db.query import Tx
from fedinet.kernel.errors import Gone
from fedinet.kernel.ids import AccountId
from fedinet.mail.commands import SecretLink, take_back, write_mail
from fedinet.mail.model import MailKind, Recipient
from fedinet.node.secrets import SecretBox

LIVES: Final = timedelta(days=1)
"""How long a link that confirms works."""


class DeadLink(Gone):
    """A link in a message that was used, is too old, or was followed by another."""


async def ask_to_confirm(tx: Tx, to: Recipient, *, box: SecretBox, now: datetime) -> None:
    """Promise a link to an address that a member gave. Until it is opened, nothing else changes.

    It ends the one before: a message with that one is not sent any more, if it still waits.
    Messages that wait go out at the same time, and whichever came last would be believed.

    Raises:
        Malformed: not an address. Whoever takes one from people has checked it before.
    """
    expires_at = now + LIVES
    token = await links_store.insert_link(
        tx, to.account_id, Purpose.CONFIRM_EMAIL, email=to.address, now=now, expires_at=expires_at
    )
    link = SecretLink(f"/confirm-email?token={token}", expires_at, box)
    await take_back(tx, to.account_id, MailKind.CONFIRM_ADDRESS)
    await write_mail(tx, to, MailKind.CONFIRM_ADDRESS, now=now, link=link)


async def confirm(tx: Tx, token: str, *, now: datetime) -> str:
    """Make an address the account's own, and tell the one before. Returns the address.

    Somebody else's account that holds it unconfirmed loses it: they cannot read what is sent there.

    Raises:
        DeadLink: the link opens nothing.
        Invalid: another account has confirmed it. The link stays as it was.
    """
    link = await links_store.use_link(tx, token, Purpose.CONFIRM_EMAIL, now=now)
    if link is None:
        raise DeadLink("unknown, used or expired link to confirm an address")
    await _tell_former(tx, link.account_id, now=now, but_not=link.email)
    await store.take_unconfirmed(tx, link.email, but_not_of=link.account_id)
    await store.update_email(tx, link.account_id, link.email, now=now)
    await links_store.delete_link(tx, link.account_id, Purpose.RESET_PASSWORD)
    return link.email


async def remove(tx: Tx, account_id: AccountId, *, now: datetime) -> None:
    """Forget a member's address, and tell it that it was."""
    await _tell_former(tx, account_id, now=now)
    for purpose in Purpose:
        await links_store.delete_link(tx, account_id, purpose)
    await store.update_email(tx, account_id, None, now=now)


async def _tell_former(tx: Tx, account_id: AccountId, *, now: datetime, but_not: str = "") -> None:
    former = await store.find_mailbox(tx, account_id)
    if former is not None and former.address.lower() != but_not.lower():
        await write_mail(tx, former, MailKind.ADDRESS_CHANGED, now=now)
