"""What the pages of accounts ask the application for, put together."""

from aiohttp import web

from fedinet.accounts.commands import House
from fedinet.http.context import BOX, SETTINGS, URIS


def house(request: web.Request) -> House:
    """What a new actor needs to know of this node."""
    app = request.app
    return House(uris=app[URIS], account_domain=app[SETTINGS].account_domain, box=app[BOX])
