"""Sending one message: tried again until the server takes it, refuses it, or its time has passed.

A process that dies between the server's yes and our note of it sends the message a second
time, under the same Message-ID. The log says numbers and kinds, never addresses or answers.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from types import MappingProxyType
from typing import TypeAlias

from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.http.i18n import catalogue
from fedinet.kernel.errors import FedinetError, Malformed, RemoteUnavailable
from fedinet.kernel.names import NodeUris
from fedinet.kernel.zones import UTC_NAME
from fedinet.mail import store
from fedinet.mail.bounces import judge, return_path, token_of
from fedinet.mail.commands import SEND_MAIL, row_of
from fedinet.mail.compose import Envelope, Sender, compose
from fedinet.mail.failing import settle_failing, tell_failing
from fedinet.mail.model import (
    LONG,
    MAY_BE_LEFT,
    TOPICS,
    Mail,
    MailKind,
    Outcome,
    Topic,
    delay_after,
)
from fedinet.mail.smtp import NotYet, RefusedForGood, ServerTrouble
from fedinet.mail.stopping import address_tag, leaving_path, may_write
from fedinet.mail.transports import Transport, open_transport
from fedinet.mail.words import LETTERS
from fedinet.node.secrets import SecretBox, WrongSecretKey
from fedinet.node.store import get_node
from fedinet.queue.jobs import enqueue_job
from fedinet.settings import Settings

logger = logging.getLogger(__name__)

_HOUR = timedelta(hours=1)
_WAITS = timedelta(minutes=5)


Retell: TypeAlias = Callable[[Tx, Mail], Awaitable[Mapping[str, str] | datetime | None]]
"""The facts of a message as they are when it is sent. A moment: its reader wants none before.
None: there is nothing to say any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOffice:
    """What it takes to send."""

    pool: Pool
    box: SecretBox
    uris: NodeUris
    transport: Transport
    sender: str
    """The address that messages come from."""
    bounces: str = ""
    """The mailbox for what comes back; ``""``: it comes to the sender."""
    per_hour: int = 200
    """So many messages, besides those of security, which never wait."""
    house_zone: str = UTC_NAME
    """Where the community has chosen none."""
    retell: Mapping[MailKind, Retell] = field(default_factory=lambda: MappingProxyType({}))
    """For kinds that wait without their words."""


def open_office(
    pool: Pool,
    box: SecretBox,
    uris: NodeUris,
    settings: Settings,
    retell: Mapping[MailKind, Retell] | None = None,
) -> PostOffice:
    """``settings``: those of ``server.mail_settings``, with the server that holds now."""
    return PostOffice(
        pool=pool,
        box=box,
        uris=uris,
        transport=open_transport(settings),
        sender=settings.mail_sender,
        bounces=settings.mail_bounces or "",
        per_hour=settings.mail_per_hour,
        house_zone=settings.time_zone,
        retell=retell or {},
    )


async def send_mail(office: PostOffice, payload: Mapping[str, object]) -> None:
    """Try one message once; what the server does not take now is tried again until it expires.

    Raises:
        Malformed: not a payload of this job.
    """
    mail_id, waited = payload.get("mail_id"), payload.get("waited", 0)
    if not isinstance(mail_id, int) or not isinstance(waited, int):
        raise Malformed(f"{SEND_MAIL} with {payload}")
    now = datetime.now(UTC)
    async with transaction(office.pool) as tx:
        if await _must_wait(office, tx, mail_id, waited, now):
            return
        mail = await _begin(office, tx, mail_id, now)
        if mail is None:
            return
        community = (await get_node(tx)).name
    try:
        message = _message(office, mail, community or office.uris.origin.domain)
        returns_to = return_path(office.box, mail.id, office.bounces) if office.bounces else ""
        await office.transport.send(message, name=str(mail.id), returns_to=returns_to)
    except (RefusedForGood, Malformed, WrongSecretKey) as error:
        await _refused(office, mail, error)
    except RemoteUnavailable as error:
        await _later(office, mail, error, now)
    else:
        await _sent(office, mail)


async def _begin(office: PostOffice, tx: Tx, mail_id: int, now: datetime) -> Mail | None:
    """Count an attempt, and read what is said. None: it waits, or has ended without one."""
    mail = await store.begin(tx, mail_id)
    if mail is None:
        return None
    if mail.expires_at <= now:
        await store.end(tx, mail, Outcome.EXPIRED)
        logger.info("mail.expired id=%d kind=%s", mail.id, mail.kind)
        return None
    if not await _is_wanted(office, tx, mail):
        await store.end(tx, mail, Outcome.WITHHELD)
        logger.info("mail.withheld id=%d kind=%s", mail.id, mail.kind)
        return None
    retell = office.retell.get(MailKind(mail.kind))
    facts = mail.facts if retell is None else await retell(tx, mail)
    if facts is None:
        await store.drop(tx, mail)
        logger.info("mail.dropped id=%d kind=%s", mail.id, mail.kind)
        return None
    if isinstance(facts, datetime):
        key = f"{mail_id}.quiet.{int(facts.timestamp())}"
        await enqueue_job(tx, SEND_MAIL, {"mail_id": mail_id}, unique_key=key, due_at=facts)
        logger.info("mail.waits id=%d kind=%s", mail.id, mail.kind)
        return None
    return replace(mail, facts=dict(facts))


async def _must_wait(office: PostOffice, tx: Tx, mail_id: int, waited: int, now: datetime) -> bool:
    """Put a message off where enough went out in the last hour: providers close who sends more.

    ``waited``: how often it was put off. A job that runs twice promises one more, not two that
    would send it at the same time.
    """
    kind = await store.peek(tx, mail_id)
    if kind is None or TOPICS[MailKind(kind)] is Topic.SECURITY:
        return False
    if await store.count_sent(tx, since=now - _HOUR) < office.per_hour:
        return False
    due_at = now + _WAITS + timedelta(seconds=mail_id % 300)  # not all at one moment
    payload = {"mail_id": mail_id, "waited": waited + 1}
    key = f"{mail_id}.waits.{waited + 1}"
    await enqueue_job(tx, SEND_MAIL, payload, unique_key=key, due_at=due_at)
    logger.info("mail.waits id=%d kind=%s", mail_id, kind)
    return True


async def _is_wanted(office: PostOffice, tx: Tx, mail: Mail) -> bool:
    await store.tag_address(tx, mail, address_tag(office.box, mail.recipient))
    return await may_write(tx, office.box, mail.recipient, TOPICS[MailKind(mail.kind)])


def _message(office: PostOffice, mail: Mail, community: str) -> EmailMessage:
    link = None
    if mail.link_sealed is not None:
        link = office.box.open(mail.link_sealed, row=row_of(mail.id)).decode()
    topic, way_out = TOPICS[MailKind(mail.kind)], ""
    if topic in MAY_BE_LEFT:
        way_out = f"{office.uris.origin}{leaving_path(office.box, mail.recipient, topic)}"
    return compose(
        Sender(address=office.sender, community=community, origin=str(office.uris.origin)),
        Envelope(
            recipient=mail.recipient,
            language=mail.language,
            message_id=f"<mail.{token_of(office.box, mail.id)}@{office.uris.origin.host}>",
            written_at=mail.created_at,
            way_out=way_out,
        ),
        LETTERS[MailKind(mail.kind)],
        mail.facts,
        link=link,
        say=catalogue(mail.language).gettext,
    )


async def _sent(office: PostOffice, mail: Mail) -> None:
    async with transaction(office.pool) as tx:
        await store.end(tx, mail, Outcome.SENT, lies_here=not office.transport.leaves)
        await settle_failing(tx)
    logger.info("mail.sent id=%d kind=%s attempts=%d", mail.id, mail.kind, mail.attempts)


async def _refused(office: PostOffice, mail: Mail, error: FedinetError) -> None:
    async with transaction(office.pool) as tx:
        await store.end(tx, mail, Outcome.REFUSED, str(error))
        if isinstance(error, RefusedForGood):
            await _judge(office, tx, mail, error)
    code = error.code if isinstance(error, RefusedForGood) else type(error).__name__
    logger.warning("mail.refused id=%d kind=%s code=%s", mail.id, mail.kind, code)


async def _later(office: PostOffice, mail: Mail, error: RemoteUnavailable, now: datetime) -> None:
    due_at = now + delay_after(mail.attempts)
    is_over = due_at >= mail.expires_at
    async with transaction(office.pool) as tx:
        if is_over:
            await store.end(tx, mail, Outcome.EXPIRED, str(error))
            if isinstance(error, NotYet):
                await _judge(office, tx, mail, error)
        elif await store.try_again(tx, mail, str(error)):
            await enqueue_job(
                tx,
                SEND_MAIL,
                {"mail_id": mail.id},
                unique_key=f"{mail.id}.{mail.attempts}",
                due_at=due_at,
            )
        if isinstance(error, ServerTrouble) and (is_over or now - mail.created_at >= LONG):
            await tell_failing(tx, office.transport.place, error.trouble)
    logger.info("mail.later id=%d kind=%s over=%s", mail.id, mail.kind, is_over)


async def _judge(office: PostOffice, tx: Tx, mail: Mail, error: RefusedForGood | NotYet) -> None:
    tag, now = address_tag(office.box, mail.recipient), datetime.now(UTC)
    await judge(tx, tag, error.verdict, str(error), now=now)
