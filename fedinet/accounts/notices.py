"""Notes to members by mail: something about their account changed."""

from collections.abc import Mapping
from datetime import datetime

from fedinet.accounts import store
from fedinet.db.query import Tx
from fedinet.kernel.ids import AccountId
from fedinet.mail.commands import write_mail
from fedinet.mail.model import MailKind


async def tell_member(
    tx: Tx,
    account_id: AccountId,
    kind: MailKind,
    *,
    now: datetime,
    facts: Mapping[str, str] | None = None,
) -> None:
    """Promise a member a message, in their language, if ``tx`` commits. Never the network.

    Nothing happens where they gave no address or have not confirmed it. ``facts``
    fill what the sentences of the kind name besides handle and time
    (``mail.words``), e.g. ``{"browser": "Firefox, Linux"}`` of ``NEW_SIGN_IN``.
    """
    mailbox = await store.find_mailbox(tx, account_id)
    if mailbox is not None:
        await write_mail(tx, mailbox, kind, now=now, facts=facts)
