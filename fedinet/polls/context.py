"""What the pages of polls ask the application for."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from fedinet.db.query import Conn, Pool
from fedinet.kernel.errors import Gone, NotFound

WHY_MISSING: web.AppKey[Callable[[web.Request, Conn | Pool], Awaitable[NotFound | Gone]]] = (
    web.AppKey("why_missing")
)
"""``posts.own.missing``: why there is no post at the address."""
