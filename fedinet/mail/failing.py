"""A mail server that takes nothing: told on the desk with the reason, until a message gets out."""

from typing import Final

from fedinet.db.query import Tx
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import settle_matter, tell_stewards
from fedinet.mail.model import Trouble

_SUBJECT: Final = "server"
_DESK_PAGE: Final = "/admin/mail"


async def tell_failing(tx: Tx, place: str, trouble: Trouble) -> None:
    """Say what is wrong now. While it lasts, another reason is no other matter."""
    name = f"{trouble} {place}"
    await tell_stewards(tx, MatterKind.MAIL_FAILING, _SUBJECT, name=name, href=_DESK_PAGE)


async def settle_failing(tx: Tx) -> None:
    """A message got out, or what was wrong was another server's."""
    await settle_matter(tx, MatterKind.MAIL_FAILING, _SUBJECT)
