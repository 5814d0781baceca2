"""What who asks to join gets by mail, in their language; nothing they typed stands in it.

Only an address that was shown to be theirs gets more than the question whether it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fedinet.db.query import Tx
from fedinet.http.i18n import catalogue
from fedinet.http.numbers import number
from fedinet.joining.model import CONFIRM_WITHIN, INVITED_FOR, Asking, Request
from fedinet.mail.commands import SecretLink, write_mail
from fedinet.mail.model import MailKind, Recipient, Stranger
from fedinet.node.secrets import SecretBox


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What it takes to write to who asks, and to keep the secrets of links."""

    box: SecretBox

    def seal(self, secret: str, request_id: int) -> bytes:
        return self.box.seal(secret.encode(), row=row_of(request_id))

    def open(self, sealed: bytes, request_id: int) -> str:
        return self.box.open(sealed, row=row_of(request_id)).decode()

    async def tell_member(self, tx: Tx, mailbox: Recipient, *, now: datetime) -> None:
        """Somebody asks with the address of a member: say that they are one."""
        await write_mail(tx, mailbox, MailKind.JOIN_MEMBER, now=now)

    async def ask_to_confirm(self, tx: Tx, asking: Asking, key: str, *, now: datetime) -> None:
        """Send the private link, which also asks whether the address is theirs."""
        to = Stranger(address=asking.email, language=asking.language)
        link = SecretLink(private_path(key), now + CONFIRM_WITHIN, self.box)
        await write_mail(tx, to, MailKind.JOIN_CONFIRM, now=now, link=link)

    async def invite(
        self, tx: Tx, request: Request, token: str, words: str, *, now: datetime
    ) -> None:
        """Send the personal invitation."""
        path = f"/join?code={token}"
        await self._write(tx, request, MailKind.JOIN_INVITED, path, {"words": words}, now=now)

    async def put_in_line(
        self, tx: Tx, request: Request, place: int, words: str, *, now: datetime
    ) -> None:
        """Say that they are welcome, and which place in the line is theirs."""
        text = catalogue(request.language).gettext
        facts = {"words": words, "place": number(place, text=text)}
        path = private_path(self.open(request.key_sealed, request.id))
        await self._write(tx, request, MailKind.JOIN_IN_LINE, path, facts, now=now)

    async def decline(self, tx: Tx, request: Request, words: str, *, now: datetime) -> None:
        """Say no, and why if the stewards wrote it."""
        await self._write(tx, request, MailKind.JOIN_DECLINED, "", {"words": words}, now=now)

    async def _write(
        self,
        tx: Tx,
        request: Request,
        kind: MailKind,
        path: str,
        facts: Mapping[str, str],
        *,
        now: datetime,
    ) -> None:
        if not request.is_proven:
            return
        to = Stranger(address=request.email, language=request.language)
        link = SecretLink(path, now + INVITED_FOR, self.box) if path else None
        await write_mail(tx, to, kind, now=now, facts=facts, link=link)


def private_path(key: str) -> str:
    """Where who asks comes back to."""
    return f"/join/request?key={key}"


def row_of(request_id: int) -> str:
    return f"join_requests {request_id}"
