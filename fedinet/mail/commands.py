"""Writing a message in the transaction of what causes it. Never the network."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fedinet.db.query import Tx
from fedinet.http.dates import to_the_minute
from fedinet.http.i18n import catalogue
from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import AccountId
from fedinet.mail import store
from fedinet.mail.model import USUAL_LIFE, MailKind, Recipient, Stranger, is_safe_address
from fedinet.node.secrets import SecretBox
from fedinet.queue.jobs import enqueue_job

SEND_MAIL: Final = "mail.send"
"""Job with ``{"mail_id": …}``."""


@dataclass(frozen=True, slots=True)
class SecretLink:
    """A path of ours that opens something, e.g. ``/reset-password?token=…``, until it expires."""

    path: str
    expires_at: datetime
    box: SecretBox


async def write_mail(
    tx: Tx,
    to: Recipient | Stranger,
    kind: MailKind,
    *,
    now: datetime,
    facts: Mapping[str, str] | None = None,
    link: SecretLink | None = None,
) -> int:
    """Promise that a message is sent if, and only if, ``tx`` commits. Returns its number.

    ``facts`` fill the sentences of the kind besides ``handle`` and ``when``, e.g. ``browser``.

    Raises:
        Malformed: not one address. Whoever takes addresses from people has checked them before.
    """
    if not is_safe_address(to.address):
        raise Malformed(f"mail of kind {kind}: not an address")
    mail_id = await store.new_mail_id(tx)
    handle = to.handle if isinstance(to, Recipient) else ""
    said = {
        "handle": handle,
        "when": to_the_minute(now, text=catalogue(to.language).gettext),
        **(facts or {}),
    }
    sealed = None if link is None else link.box.seal(link.path.encode(), row=row_of(mail_id))
    expires_at = now + USUAL_LIFE if link is None else link.expires_at
    await store.insert_mail(
        tx, mail_id, to, kind, facts=said, link_sealed=sealed, now=now, expires_at=expires_at
    )
    await enqueue_job(tx, SEND_MAIL, {"mail_id": mail_id}, unique_key=f"{mail_id}.0")
    return mail_id


async def take_back(tx: Tx, account_id: AccountId, kind: MailKind) -> None:
    """Send no message of this kind that still waits for a member: another follows, or none."""
    await store.drop_waiting(tx, account_id, kind)


def row_of(mail_id: int) -> str:
    """For what a sealed link is sealed."""
    return f"mails {mail_id}"
