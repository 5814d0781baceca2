"""Closing messages whose time has passed, and forgetting those that ended long ago."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from fedinet.db.query import Pool
from fedinet.mail import store
from fedinet.mail.jobs import PostOffice
from fedinet.mail.model import KEPT
from fedinet.mail.transports import Folder
from fedinet.queue.loop import every

_INTERVAL_S: Final = 900.0


async def tidy_once(office: PostOffice, now: datetime) -> None:
    """Safe beside other processes that do the same."""
    await store.expire(office.pool, before=now)
    await store.forget(office.pool, before=now - KEPT)
    if isinstance(office.transport, Folder):
        await office.transport.forget(before=now - KEPT)


async def tidy_mail(office: PostOffice, stop: asyncio.Event) -> None:
    """Do it at start and every quarter of an hour."""
    await every(_INTERVAL_S, lambda: tidy_once(office, datetime.now(UTC)), stop, name="mail.upkeep")


async def close_waiting(pool: Pool) -> None:
    """Give up all that waits: after a restore, since the first copy of the node has sent it."""
    await store.expire(pool, before=None)
