"""What the pages of accounts ask the application for, put together."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from fedinet.accounts.commands import House
from fedinet.db.query import Pool
from fedinet.http.context import BOX, SETTINGS, URIS
from fedinet.kernel.ids import ActorId

WHY_SHUT_OUT: web.AppKey[Callable[[Pool, ActorId], Awaitable[str]]] = web.AppKey("why_shut_out")
"""Why the stewards suspended a member, as they told them; ``""`` where they gave no reason."""


def house(request: web.Request) -> House:
    """What a new actor needs to know of this node."""
    app = request.app
    return House(uris=app[URIS], account_domain=app[SETTINGS].account_domain, box=app[BOX])
