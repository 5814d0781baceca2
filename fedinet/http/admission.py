"""What is turned away before anybody looks at it: wrong host, paused node, full disk.

Nothing is acknowledged that could not be kept (TRAPS 13, 15 and 34).
"""

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import hdrs, web

from fedinet.http.context import NODE, SETTINGS
from fedinet.http.surfaces import Surface, surface_of
from fedinet.kernel.errors import FedinetError, Overloaded
from fedinet.settings import is_local_name

_READS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
_WebHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Misdirected(FedinetError):
    """A node of this machine only was asked under another name (DNS rebinding)."""

    status = 421


@web.middleware
async def admit(request: web.Request, handler: _WebHandler) -> web.StreamResponse:
    """Let a request in, or say why not.

    Raises:
        Misdirected: the origin is a loopback one and ``Host`` is not.
        Overloaded: an inbox while the node is paused; anything that writes
            while the disk is nearly full.
    """
    surface = surface_of(request.path)
    if surface is not Surface.OPERATIONS:
        _check_host(request)
        if request.method not in _READS:
            _check_disk(request)
            if surface is Surface.FEDERATION and (await request.app[NODE].get()).paused:
                raise Overloaded("paused: an inbox was asked", public="This server is paused")
    return await handler(request)


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _check_host(request: web.Request) -> None:
    origin = request.app[SETTINGS].origin
    if is_local_name(origin.host) and request.host.lower() != origin.domain:
        raise Misdirected(
            f"asked as {request.host!r}",
            public=f"This server is for this machine only. Open {origin}/",
        )


def _check_disk(request: web.Request) -> None:
    settings = request.app[SETTINGS]
    free = free_bytes(settings.data)
    if free < settings.min_free_bytes:
        raise Overloaded(f"disk.low free={free} wanted={settings.min_free_bytes}")
