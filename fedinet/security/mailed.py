"""A link by mail instead of the password: asked for in a browser, good only there, once.

Nobody learns from asking whether there is such an account: the same promise is made for
every text, and what is found shows in the mailbox and nowhere else.
"""

import logging
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from fedinet.accounts.store import find_mailbox, find_sign_in
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.http.limits import Limit, count_attempt
from fedinet.kernel.errors import Malformed, TooManyRequests
from fedinet.mail.commands import SecretLink, write_mail
from fedinet.mail.model import MailKind
from fedinet.node.secrets import SecretBox
from fedinet.queue.jobs import enqueue_job
from fedinet.security.mailed_store import insert_mailed, mark

logger = logging.getLogger(__name__)

SIGN_IN_ASKED: Final = "security.sign_in_asked"
"""Job with ``{"sealed": …}``: what somebody typed, their browser, and where they go."""
LIVES: Final = timedelta(minutes=15)
OPEN_PAGE: Final = "/sign-in/mail/open"
_BY_ACCOUNT: Final = (
    Limit("mailed-sign-in-to", 5, timedelta(hours=1)),
    Limit("mailed-sign-in-day", 15, timedelta(days=1)),
)
"""Anybody may ask for anybody: nobody's mailbox is filled by it."""
_ROW: Final = "mailed sign-in"


class _Asked(msgspec.Struct, frozen=True):
    login: str
    browser: str
    there: str


async def ask_for_link(tx: Tx, login: str, browser: str, *, there: str, box: SecretBox) -> None:
    """Promise to look whose this is. ``browser``: the cookie of the one that asks."""
    asked = msgspec.json.encode(_Asked(login.encode(errors="replace").decode(), browser, there))
    sealed = b64encode(box.seal(asked, row=_ROW)).decode()
    await enqueue_job(tx, SIGN_IN_ASKED, {"sealed": sealed})


async def send_link(pool: Pool, box: SecretBox, payload: Mapping[str, object]) -> None:
    """Send the link, where an account has this name or address and has confirmed one.

    Who is suspended gets it too: it leads them to why.

    Raises:
        Malformed: not a payload of this job. WrongSecretKey: not sealed by us.
    """
    sealed, now = payload.get("sealed"), datetime.now(UTC)
    if not isinstance(sealed, str):
        raise Malformed(f"{SIGN_IN_ASKED} without what was typed")
    asked = msgspec.json.decode(box.open(b64decode(sealed), row=_ROW), type=_Asked)
    found = await find_sign_in(pool, asked.login)
    if found is None:
        logger.info("security.mailed_for_nobody")
        return
    try:
        for limit in _BY_ACCOUNT:
            await count_attempt(pool, limit, str(found.account.id), now=now)
    except TooManyRequests:
        logger.info("security.mailed_too_often")
        return
    async with transaction(pool) as tx:
        mailbox = await find_mailbox(tx, found.account.id)
        if mailbox is None:
            return
        expires_at = now + LIVES
        token = await insert_mailed(
            tx, found.account.id, mark(asked.browser), there=asked.there, expires_at=expires_at
        )
        link = SecretLink(f"{OPEN_PAGE}?token={token}", expires_at, box)
        await write_mail(tx, mailbox, MailKind.SIGN_IN_LINK, now=now, link=link)
