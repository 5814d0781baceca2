"""A visitor hears what became of their report, and who they are is forgotten."""

from datetime import datetime

from fedinet.db.query import Tx
from fedinet.mail.commands import write_mail
from fedinet.mail.model import MailKind, Stranger
from fedinet.moderation import visitors_store
from fedinet.moderation.model import check_note


async def answer_visitor(tx: Tx, report_id: int, raw: str, *, now: datetime) -> None:
    """Tell a visitor that their report is settled, once by mail where they gave an address.

    Of a member's report nothing happens. Raises: Unprocessable: the text is too long.
    """
    text = check_note(raw)
    asked = await visitors_store.answer(tx, report_id, text)
    if asked is not None and asked[0]:
        to = Stranger(address=asked[0], language=asked[1])
        await write_mail(tx, to, MailKind.REPORT_SETTLED, now=now, facts={"reason": text})
