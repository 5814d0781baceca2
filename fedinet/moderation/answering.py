"""A visitor hears what became of their report, and is forgotten; so is the name of who leaves."""

from datetime import datetime

from fedinet.actors.model import Actor
from fedinet.db.query import Tx
from fedinet.mail.commands import write_mail
from fedinet.mail.model import MailKind, Stranger
from fedinet.moderation import reports_store, visitors_store
from fedinet.moderation.model import check_note, without_names


async def answer_visitor(
    tx: Tx, report_id: int, raw: str, *, by_reported: bool, now: datetime
) -> None:
    """Tell a visitor that their report was looked at, once by mail where they gave an address.

    ``by_reported``: by the only steward, whom it is about, and it stays open: their name stays
    known, so that it can be left out of their words. Of a member's report nothing happens.

    Raises:
        Unprocessable: the text is too long.
    """
    text = check_note(raw)
    asked = await visitors_store.answer(tx, report_id, text, keeps_name=by_reported)
    if asked is not None and asked[0]:
        to = Stranger(address=asked[0], language=asked[1])
        await write_mail(tx, to, MailKind.REPORT_SETTLED, now=now, facts={"reason": text})


async def forget_reporter(tx: Tx, leaver: Actor) -> None:
    """Leave the name of who leaves out of what they reported of members, as long as it is known.

    Whom it is about may read it one day, if nobody else is left who can act on it.
    """
    names = (leaver.username, leaver.display_name)
    for report_id, words in (await reports_store.list_said(tx, leaver.id)).items():
        await reports_store.say(tx, report_id, without_names(words, names))
