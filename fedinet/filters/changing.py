"""The one transaction in which filters are changed, from apps and from pages."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.filters import store
from fedinet.filters.signals import FiltersChanged
from fedinet.http.auth import Member
from fedinet.http.context import POOL
from fedinet.queue.signals import announce


@asynccontextmanager
async def changing(request: web.Request, found: Member) -> AsyncGenerator[Tx]:
    """A transaction in which nobody else changes this member's filters; their apps hear of it."""
    async with transaction(request.app[POOL]) as tx:
        await store.lock_owner(tx, found.actor_id)
        yield tx
        await announce(tx, FiltersChanged(found.actor_id))
