"""``fedinet admin mail``: try the way out, and see what is stuck."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

import click

from fedinet.cli.mail_server import prove, server
from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Refused, Result, speaks
from fedinet.db.pool import transaction
from fedinet.http.i18n import DEFAULT_LANGUAGE, catalogue, languages
from fedinet.kernel.errors import FedinetError, Malformed
from fedinet.mail import store
from fedinet.mail.bounces import MAX_BYTES, Taken, take_bounce
from fedinet.mail.compose import Envelope, Sender, compose
from fedinet.mail.model import MailKind
from fedinet.mail.words import LETTERS
from fedinet.node.store import get_node
from fedinet.services import Services

_MOST_LISTED: Final = 100
_TAKEN: Final = {
    Taken.STOPPED: "This address is not written to any more, except about signing in.",
    Taken.COUNTED: "Counted: after three in a row over days the address is given up.",
    Taken.NOTED: "The message is marked; the reason says nothing against its address.",
    Taken.DELAYED: "Only a delay: nothing is done.",
    Taken.NO_REPORT: "Left alone: no report that mail did not arrive.",
    Taken.STRANGER: "Left alone: not about a message of ours that is still remembered.",
}


@click.group()
def mail() -> None:
    """Messages to members."""


@mail.command("test")
@click.argument("address")
@speaks()
def send_test(flags: Flags, *, address: str) -> Result:
    """Send a message to ADDRESS now, past the queue, and say what the server answered."""

    async def work(services: Services) -> Result:
        async with services.pool.acquire() as conn:
            known = await get_node(conn)
        now, office, origin = datetime.now(UTC), await services.post_office(), services.uris.origin
        language = known.language if known.language in languages() else DEFAULT_LANGUAGE
        name = f"test-{now:%Y%m%d-%H%M%S-%f}"
        sender = Sender(
            address=office.sender, community=known.name or origin.domain, origin=str(origin)
        )
        envelope = Envelope(
            recipient=address,
            language=language,
            message_id=f"<{name}@{origin.host}>",
            written_at=now,
        )
        say = catalogue(language).gettext
        try:
            message = compose(sender, envelope, LETTERS[MailKind.TEST], {}, link=None, say=say)
            await office.transport.send(message, name=name)
        except FedinetError as error:
            raise Refused(f"Not sent. {error}") from error
        facts = {"sent": office.transport.leaves, "to": office.transport.place}
        if office.transport.leaves:
            return Result(f"{office.transport.place} took the message for {address}.", facts)
        return Result(f"No mail server is set. The message is in {office.transport.place}.", facts)

    return on_node(flags, work)


mail.add_command(server)
mail.add_command(prove)


@mail.command("bounce")
@speaks()
def bounce(flags: Flags) -> Result:
    """Read one message from the mailbox for bounces, from standard input, and do what follows.

    For a pipe of the mail server. What is no report of ours is left alone, and is no error.
    """
    raw = sys.stdin.buffer.read(MAX_BYTES + 1)

    async def work(services: Services) -> Result:
        try:
            async with transaction(services.pool) as tx:
                taken = await take_bounce(tx, services.box, raw, now=datetime.now(UTC))
        except Malformed as error:
            return Result(f"Left alone: {error}.", {"taken": "unreadable"})
        return Result(_TAKEN[taken], {"taken": taken})

    return on_node(flags, work)


@mail.command("list")
@speaks()
def list_stuck(flags: Flags) -> Result:
    """List messages that wait, and those of the last two weeks that did not arrive; at most 100."""

    async def work(services: Services) -> Result:
        async with services.pool.acquire() as conn:
            found = await store.list_troubled(conn, limit=_MOST_LISTED)
        lines = [
            f"{one.created_at:%Y-%m-%d %H:%M}  {one.outcome or 'waits':7}  {one.kind}"
            f"  {f'@{one.username}' if one.username else '-'}  {one.why}".rstrip()
            for one in found
        ]
        return Result(
            "\n".join(lines) or "Nothing is stuck.", {"mails": [asdict(o) for o in found]}
        )

    return on_node(flags, work)
