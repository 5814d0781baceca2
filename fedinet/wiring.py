"""The only module that knows every slice: explicit tables, one line per slice and surface.

``Services`` is what a process holds open; everything else gets its parts of it
as arguments.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

from aiohttp import web

from fedinet import __version__
from fedinet.db.listen import Listener
from fedinet.db.pool import open_pool
from fedinet.db.query import Pool
from fedinet.inbox.dispatch import HandlerTable, merge
from fedinet.kernel.names import NodeUris
from fedinet.net.fetch import Fetcher
from fedinet.node.secrets import SecretBox, open_box
from fedinet.queue.signals import Effect
from fedinet.settings import BadSettings, Settings

Role: TypeAlias = Literal["web", "worker", "command"]
POOL_SIZE: Mapping[Role, int] = {"web": 10, "worker": 10, "command": 3}
"""Connections per process, besides one for LISTEN and session locks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What one process holds open, from start to stop."""

    settings: Settings
    uris: NodeUris
    pool: Pool
    listener: Listener
    box: SecretBox
    fetcher: Fetcher


@asynccontextmanager
async def open_services(settings: Settings, role: Role) -> AsyncGenerator[Services]:
    """Open everything a process of this role needs; the database must be migrated and pinned.

    Raises:
        Overloaded: the database does not answer.
        WrongSecretKey: the data folder has no ``secret.key``.
    """
    if settings.database_url is None:
        raise BadSettings("Set DATABASE_URL: only `fedinet serve` runs a PostgreSQL of its own.")
    direct = settings.direct_database_url or settings.database_url
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            open_pool(settings.database_url, size=POOL_SIZE[role], name=f"fedinet {role}")
        )
        fetcher = Fetcher(
            user_agent=f"fedinet/{__version__} (+{settings.origin})",
            allow_private_networks=settings.allow_private_networks,
        )
        yield Services(
            settings=settings,
            uris=settings.uris,
            pool=pool,
            listener=await stack.enter_async_context(
                Listener(direct, name=f"fedinet {role} listen")
            ),
            box=open_box(settings.data, create=False),
            fetcher=await stack.enter_async_context(fetcher),
        )


# Inbound activities: the slices' `handlers`.
HANDLERS: HandlerTable = merge([])

# After the commit: signal -> the effects that hear of it.
EFFECTS: Mapping[type, tuple[Effect, ...]] = {}

# Deferred work: kind -> what does it.
ServiceJob: TypeAlias = Callable[[Services, Mapping[str, object]], Awaitable[None]]
JOBS: Mapping[str, ServiceJob] = {}

# Addresses: the `routes` of every api.py and web.py.
ROUTES: tuple[Sequence[web.AbstractRouteDef], ...] = ()
