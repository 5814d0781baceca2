"""Closing messages whose time has passed, and forgetting those that ended long ago."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from fedinet.db.query import Pool
from fedinet.kernel.names import NodeUris
from fedinet.mail import store, strikes_store
from fedinet.mail.bounces import FORGOTTEN
from fedinet.mail.jobs import PostOffice, open_office
from fedinet.mail.model import KEPT
from fedinet.mail.proving import tell_unproven
from fedinet.mail.server import mail_settings
from fedinet.mail.transports import Folder
from fedinet.node.secrets import SecretBox
from fedinet.queue.loop import every
from fedinet.settings import Settings

_INTERVAL_S: Final = 900.0


async def tidy_once(office: PostOffice, now: datetime) -> None:
    """Safe beside other processes that do the same."""
    await store.expire(office.pool, before=now)
    await store.forget(office.pool, before=now - KEPT)
    await strikes_store.forget_strikes(office.pool, before=now - FORGOTTEN)
    if isinstance(office.transport, Folder):
        await office.transport.forget(before=now - KEPT)


async def tidy_mail(
    pool: Pool, box: SecretBox, settings: Settings, uris: NodeUris, stop: asyncio.Event
) -> None:
    """Do it at start and every quarter of an hour, and say what was never proven."""

    async def tidy() -> None:
        now, present = datetime.now(UTC), await mail_settings(pool, box, settings)
        await tidy_once(open_office(pool, box, uris, present), now)
        await tell_unproven(pool, present, now=now)

    await every(_INTERVAL_S, tidy, stop, name="mail.upkeep")


async def close_waiting(pool: Pool) -> None:
    """Give up all that waits: after a restore, since the first copy of the node has sent it."""
    await store.expire(pool, before=None)
