"""What is turned away although it is well-formed: a paused node's inbox, writes to a full disk.

Nothing is acknowledged that could not be kept (TRAPS 13 and 15). What ``min_free_mb`` keeps free
is for signing in, deleting and making room, which go on while the disk is nearly full.
"""

import os
import shutil
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from fedinet.http.context import NODE, SETTINGS
from fedinet.http.errors import Handler
from fedinet.http.surfaces import Surface, surface_of
from fedinet.kernel.errors import DiskFull, FedinetError, Overloaded

MOST_LINE: Final = 262_144
"""Bytes of the first line of a request. Beyond it the parser gives up, in words of its own."""
_MOST_ADDRESS: Final = 131_072
_READS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
_ON_THE_RESERVE: Final = (
    "/sign-in", "/sign-out", "/settings/again", "/lockdown/enter", "/admin/media",
)  # fmt: skip
_DELETES: Final = "/delete"
"""The end of the routes of pages that delete one thing."""


class TooLong(FedinetError):
    """An address holds more than we read."""

    status = 414
    public = "This address is too long"


@web.middleware
async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request in, or say why not.

    Raises:
        TooLong: of an address. Overloaded: an inbox while the node is paused. DiskFull: what
            writes while the disk is nearly full, and makes no room.
    """
    if len(request.raw_path) > _MOST_ADDRESS:
        raise TooLong(f"an address of {len(request.raw_path)} characters")
    if request.method not in _READS:
        resource = request.match_info.route.resource
        path = "" if resource is None else resource.canonical
        if not is_on_the_reserve(request.method, path):
            _check_disk(request)
        if surface_of(request.path) is Surface.FEDERATION:
            await _check_paused(request)
    return await handler(request)


def is_on_the_reserve(method: str, path: str) -> bool:
    """Tell whether something goes on while the disk is nearly full. Pure.

    ``path``: of the route, ``/tags/{tag}``: a tag may be called "delete".
    """
    if method == hdrs.METH_DELETE or path.endswith(_DELETES):
        return True
    return any(path == one or path.startswith(f"{one}/") for one in _ON_THE_RESERVE)


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def may_write_in(folder: Path) -> bool:
    """Tell whether files can be made in a folder, or the folder itself where it is not there."""
    there = folder if folder.exists() else folder.parent
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _check_disk(request: web.Request) -> None:
    settings = request.app[SETTINGS]
    free = free_bytes(settings.data)
    if free < settings.min_free_bytes:
        raise DiskFull(f"disk.low free={free} wanted={settings.min_free_bytes}")


async def _check_paused(request: web.Request) -> None:
    node = await request.app[NODE].get()
    if node.paused:
        raise Overloaded("paused: an inbox was asked", public="This server is paused")
