"""Mailing personal invitations little by little, reminding once, and noting what became of it.

Durable: whose turn it is stands in the rows, and a message is promised in the
transaction that says so. Of several processes one sends at a time.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.http.dates import day
from fedinet.http.i18n import catalogue
from fedinet.invitations.listed import sending_store as store
from fedinet.invitations.listed.links import open_links
from fedinet.invitations.signals import RolePromised
from fedinet.kernel.zones import zone_of
from fedinet.mail.commands import SecretLink, write_mail
from fedinet.mail.jobs import PostOffice
from fedinet.mail.model import MailKind, Outcome, StopReason, Stranger, Topic
from fedinet.mail.stopping import who_is_stopped
from fedinet.mail.store import read_outcomes
from fedinet.node.secrets import SecretBox
from fedinet.node.store import get_time_zone
from fedinet.queue.loop import every
from fedinet.queue.signals import announce

logger = logging.getLogger(__name__)

REMIND_AFTER: Final = timedelta(days=7)
KEPT: Final = timedelta(days=60)
"""How long the row of somebody stays after their link has ended."""
KEPT_IN_LINE: Final = timedelta(days=365)
"""As long as a place in the line is kept."""
_INTERVAL_S: Final = 60.0
_HOUR: Final = timedelta(hours=1)
_STEPS_OF_AN_HOUR: Final = 6
"""What an hour allows leaves in so many steps at least: servers dislike bursts of strangers."""


async def send_once(office: PostOffice, *, hourly: int, now: datetime) -> int:
    """Note what became of earlier messages, and promise those whose turn it is. Returns how many.

    Without a mail server nothing is promised: people stay in the row.
    """
    async with transaction(office.pool) as tx:
        if not await store.lock_sending(tx):
            return 0
        await _note_joined(tx, now)
        await _note_outcomes(tx, office.box, now)
        if not office.transport.leaves:
            return 0
        left = hourly - await store.count_mailed(tx, since=now - _HOUR)
        limit = min(left, -(-hourly // _STEPS_OF_AN_HOUR))
        due = await store.list_due(tx, now=now, sent_before=now - REMIND_AFTER, limit=max(limit, 0))
        zone = zone_of(await get_time_zone(tx), office.house_zone)
        for one in due:
            mail_id = await _promise(tx, one, office.box, zone, now)
            await store.set_mailed(tx, one.person.id, mail_id, now=now)
    if due:
        logger.info("invitations.mailed people=%d", len(due))
    return len(due)


async def keep_inviting(
    open_office: Callable[[], Awaitable[PostOffice]], stop: asyncio.Event, *, hourly: int
) -> None:
    """Do it every minute, and forget whom it is about when that is long over."""

    async def step() -> None:
        office, now = await open_office(), datetime.now(UTC)
        await send_once(office, hourly=hourly, now=now)
        await store.forget(office.pool, before=now - KEPT, in_line=now - KEPT_IN_LINE)

    await every(_INTERVAL_S, step, stop, name="invitations.sending")


async def _promise(tx: Tx, due: store.Due, box: SecretBox, zone: ZoneInfo, now: datetime) -> int:
    person = due.person
    links = open_links(box, due.sealed, due.mailed_hash)
    return await write_mail(
        tx,
        Stranger(address=person.address, language=person.language),
        MailKind.INVITED if person.mailed_at is None else MailKind.INVITED_STILL,
        now=now,
        facts={
            "name": person.name or person.address,
            "host": due.host,
            "greeting": person.greeting,
            "until": day(person.expires_at, zone=zone, text=catalogue(person.language).gettext),
        },
        link=SecretLink(f"/join?code={links.mailed}", person.expires_at, box),
    )


async def _note_joined(tx: Tx, now: datetime) -> None:
    """Who came by another door has joined, too, and is given what they were promised."""
    came = await store.join_elsewhere(tx, now=now)
    promised = [one for one in came if one.role != "member"]
    await announce(tx, *(RolePromised(one.actor_id, one.role, one.host) for one in promised))


async def _note_outcomes(tx: Tx, box: SecretBox, now: datetime) -> None:
    """Sent, refused or sent back, and who said "no more", which ends an invitation."""
    people = await store.list_on_their_way(tx, now=now)
    if not people:
        return
    outcomes = await read_outcomes(tx, [one.mail_id for one in people])
    stopped = await who_is_stopped(tx, box, {one.address for one in people}, Topic.INVITATIONS)
    declined = {one.id for one in people if stopped.get(one.address) is StopReason.ASKED}
    failed = (Outcome.REFUSED, Outcome.BOUNCED)
    bounced = {
        one.id
        for one in people
        if outcomes.get(one.mail_id) in failed or stopped.get(one.address) is StopReason.BOUNCED
    }
    sent = [one.id for one in people if outcomes.get(one.mail_id) is Outcome.SENT]
    await store.note_outcomes(tx, sent=sent, bounced=bounced - declined, declined=declined, now=now)
