"""A visitor hears what became of their report, and who they are is forgotten."""

from datetime import datetime

from fedinet.db.query import Tx
from fedinet.mail.commands import write_mail
from fedinet.mail.model import MailKind, Stranger
from fedinet.moderation import visitors_store
from fedinet.moderation.model import check_note


async def answer_visitor(
    tx: Tx, report_id: int, raw: str, *, by_reported: bool, now: datetime
) -> None:
    """Tell a visitor that their report is settled, once by mail where they gave an address.

    ``by_reported``: by the one whom it is about, who could open it again: their name stays known,
    so that it can be left out of their words. Of a member's report nothing happens.

    Raises:
        Unprocessable: the text is too long.
    """
    text = check_note(raw)
    asked = await visitors_store.answer(tx, report_id, text, keeps_name=by_reported)
    if asked is not None and asked[0]:
        to = Stranger(address=asked[0], language=asked[1])
        await write_mail(tx, to, MailKind.REPORT_SETTLED, now=now, facts={"reason": text})
