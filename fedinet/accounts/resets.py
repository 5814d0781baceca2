"""A new password for who forgot theirs, and what ends with the old one."""

import logging
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from typing import Final

from fedinet.accounts import links_store, store
from fedinet.accounts.addresses import DeadLink
from fedinet.accounts.links_store import Purpose
from fedinet.accounts.notices import tell_member
from fedinet.accounts.sign_out import sign_out_everywhere
from fedinet.db.query import Tx
from fedinet.kernel.ids import AccountId
from fedinet.mail.commands import SecretLink, write_mail
from fedinet.mail.model import MailKind
from fedinet.node.secrets import SecretBox
from fedinet.queue.jobs import enqueue_job

logger = logging.getLogger(__name__)

RESET_ASKED: Final = "accounts.reset_asked"
"""Job with ``{"sealed": …}``: the name or address that somebody typed."""
LIVES: Final = timedelta(hours=6)
"""How long a link for a new password works, as in Mastodon (``reset_password_within``).

While one works no other is sent. Anybody may ask for a member: so four messages
a day reach them at most, and nobody else’s asking takes the link away that they hold.
"""
_ROW: Final = "reset"


async def ask_for_reset(tx: Tx, login: str, *, box: SecretBox) -> None:
    """Promise to look whose this is. The same work for every text, so that nobody learns whose."""
    sealed = b64encode(box.seal(login.encode(errors="replace"), row=_ROW)).decode()
    await enqueue_job(tx, RESET_ASKED, {"sealed": sealed})


async def send_reset(tx: Tx, sealed: str, *, box: SecretBox, now: datetime) -> None:
    """Promise the link, where an account has this name or address, has confirmed one, and no link.

    Raises:
        WrongSecretKey: not sealed by us.
    """
    login = box.open(b64decode(sealed), row=_ROW).decode()
    found = await store.find_sign_in(tx, login)
    mailbox = None
    if found is not None and not found.is_suspended:
        mailbox = await store.find_mailbox(tx, found.account.id)
    if mailbox is None:
        logger.info("accounts.reset_for_nobody")
        return
    expires_at = now + LIVES
    token = await links_store.insert_link_unless_one_works(
        tx, mailbox.account_id, Purpose.RESET_PASSWORD, now=now, expires_at=expires_at
    )
    if token is None:
        logger.info("accounts.reset_sent_before")
        return
    link = SecretLink(f"/reset-password?token={token}", expires_at, box)
    await write_mail(tx, mailbox, MailKind.RESET_PASSWORD, now=now, link=link)


async def make_reset_link(tx: Tx, account_id: AccountId, *, now: datetime) -> str:
    """The path of a link that a steward hands over; one that was sent before ends.

    It opens no more than the one in a message does: a second step is still asked for.
    """
    token = await links_store.insert_link(
        tx, account_id, Purpose.RESET_PASSWORD, email=None, now=now, expires_at=now + LIVES
    )
    logger.info("accounts.reset_link_made account=%d", account_id)
    return f"/reset-password?token={token}"


async def reset(tx: Tx, token: str, password_hash: str, *, now: datetime) -> None:
    """Use the link: the new password holds, and whoever was in is out, in browsers and apps.

    Raises:
        DeadLink: the link opens nothing.
    """
    link = await links_store.use_link(tx, token, Purpose.RESET_PASSWORD, now=now)
    if link is None:
        raise DeadLink("unknown, used or expired link for a new password")
    await replace_password(tx, link.account_id, password_hash, now=now)
    await sign_out_everywhere(tx, link.account_id)


async def replace_password(
    tx: Tx, account_id: AccountId, password_hash: str, *, now: datetime
) -> None:
    """Store a new password and tell the member. Links that were asked for with the old one end."""
    await store.update_password(tx, account_id, password_hash)
    for purpose in Purpose:
        await links_store.delete_link(tx, account_id, purpose)
    await tell_member(tx, account_id, MailKind.PASSWORD_CHANGED, now=now)
