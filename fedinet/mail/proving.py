"""Proof that mail arrives: a code goes out by the server itself, and a steward enters it.

Only that counts: a server may take a message and lose it, and a sender's address may be
nobody's. The proof is of one server with one sender; another has to be proven anew.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import settle_matter, tell_once, tell_stewards
from fedinet.http.i18n import catalogue
from fedinet.kernel.names import NodeUris
from fedinet.mail import server_store
from fedinet.mail.compose import Envelope, Sender, compose
from fedinet.mail.failing import settle_failing, tell_failing
from fedinet.mail.model import MailKind
from fedinet.mail.server import way_of
from fedinet.mail.smtp import NotYet, RefusedForGood, ServerTrouble, Smtp
from fedinet.mail.transports import Transport
from fedinet.mail.words import LETTERS
from fedinet.node.secrets import SecretBox
from fedinet.queue.jobs import enqueue_job
from fedinet.settings import Settings

MAIL_PROVEN: Final = "accounts.mail_proven"
"""The job that asks members once more to confirm addresses: links before may have gone nowhere."""
LIVES: Final = timedelta(minutes=30)
MOST_TRIES: Final = 5
"""Wrong guesses at one code."""
_STEP_S: Final = 10.0
_WHOLE_S: Final = 25.0
"""Somebody waits at a page meanwhile."""
_DESK_PAGE: Final = "/admin/mail"


async def send_code(
    pool: Pool,
    settings: Settings,
    address: str,
    *,
    box: SecretBox,
    community: str,
    language: str,
    now: datetime,
    transport: Transport | None = None,
) -> None:
    """Send a code to a steward now, past the queue. It replaces the one before.

    ``settings``: those of ``server.mail_settings``. The code counts only if the server took it.
    A server that takes nothing stands on the desk, until a message gets out; what it said of a
    code that it did not take stands on its page, until it takes one.

    Raises:
        RefusedForGood, ServerTrouble, NotYet: what the server said, with ``trouble``.
        Malformed: not an address.
    """
    code = f"{secrets.randbelow(1_000_000):06}"
    uris = NodeUris(settings.origin)
    name = f"code-{now:%Y%m%d-%H%M%S-%f}"
    message = compose(
        Sender(address=settings.mail_sender, community=community, origin=str(uris.origin)),
        Envelope(
            recipient=address,
            language=language,
            message_id=f"<{name}@{uris.origin.host}>",
            written_at=now,
        ),
        LETTERS[MailKind.CODE],
        {"code": code},
        link=None,
        say=catalogue(language).gettext,
    )
    way = way_of(settings)
    by = transport or Smtp(settings, step_s=_STEP_S, whole_s=_WHOLE_S)
    try:
        await by.send(message, name=name)
    except ServerTrouble as error:
        async with transaction(pool) as tx:
            await tell_failing(tx, by.place, error.trouble)
        raise
    except (RefusedForGood, NotYet) as error:
        refusal = server_store.Refusal(now, error.trouble, str(error))
        async with transaction(pool) as tx:
            await server_store.note_refusal(tx, way, refusal)
        raise
    async with transaction(pool) as tx:
        await server_store.ask_proof(tx, way, _tag(box, way, code), expires_at=now + LIVES)
        await settle_failing(tx)


async def enter_code(
    tx: Tx, settings: Settings, typed: str, *, box: SecretBox, now: datetime
) -> bool:
    """Take a code as proof. False: wrong, too old, guessed too often, or of another server."""
    way = way_of(settings)
    wanted = await server_store.try_proof(tx, way, now=now, most=MOST_TRIES)
    code = "".join(sign for sign in typed if sign.isascii() and sign.isdigit())
    if wanted is None or not hmac.compare_digest(wanted, _tag(box, way, code)):
        return False
    await server_store.prove(tx, way, now=now)
    await enqueue_job(tx, MAIL_PROVEN, {"since": now.isoformat()})
    await settle_matter(tx, MatterKind.MAIL_UNPROVEN, way)
    return True


async def tell_unproven(
    pool: Pool, settings: Settings, *, now: datetime, is_set_anew: bool = False
) -> None:
    """Put a line on the desk while a server sends by which no code has come back.

    ``is_set_anew``: it was just chosen, so that it is told though it was told of before.
    """
    way = way_of(settings)
    wanted: dict[str, tuple[str, str]] = {}
    if settings.smtp_host is not None:
        proof = await server_store.read_proof(pool, way, now=now)
        if proof.proven_at is None:
            wanted[way] = (f"{settings.smtp_host}:{settings.smtp_port}", _DESK_PAGE)
    async with transaction(pool) as tx:
        for subject, (name, href) in wanted.items() if is_set_anew else ():
            await tell_stewards(tx, MatterKind.MAIL_UNPROVEN, subject, name=name, href=href)
        await tell_once(tx, MatterKind.MAIL_UNPROVEN, wanted)


def _tag(box: SecretBox, way: str, code: str) -> str:
    return box.tag(f"mail code {way} {code}")
