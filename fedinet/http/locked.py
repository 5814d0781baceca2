"""A community that is locked down is read and not changed: the one place that refuses it.

Owners keep what they need to lift it: the page of the lockdown, proving that it is them,
signing out, and the link from the terminal. Nobody else signs in.
"""

from typing import Final

from aiohttp import hdrs, web

from fedinet.http.auth import member
from fedinet.http.context import NODE
from fedinet.http.errors import Handler
from fedinet.http.surfaces import Surface, surface_of
from fedinet.kernel.errors import NotFound, Overloaded
from fedinet.kernel.problems import N_

_READS: Final = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
PAGE: Final = "/admin/lockdown"
ENTER: Final = "/lockdown/enter"
_OPEN_TO_ALL: Final = frozenset({"/sign-out", ENTER})
_OPEN_TO_OWNERS: Final = frozenset({PAGE, "/settings/again", "/settings/again/passkey"})


class LockedDown(Overloaded):
    """Nothing is changed here now; it is not the fault of whoever asks."""

    public = N_(
        "The stewards have locked this community for a while: you can read, and change nothing."
    )
    sentence = public


@web.middleware
async def keep_locked(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse whatever would change something while the node is locked down.

    Raises:
        LockedDown: it is.
    """
    if request.method not in _READS and surface_of(request.path) is not Surface.OPERATIONS:
        try:
            node = await request.app[NODE].get()
        except NotFound:
            return await handler(request)
        found = member(request)
        if node.is_locked and not stays_open(
            request.path, is_owner=found is not None and found.role == "owner"
        ):
            raise LockedDown(f"locked down: {request.method} {request.path}")
    return await handler(request)


def stays_open(path: str, *, is_owner: bool) -> bool:
    """Tell whether something may be sent there during a lockdown. Pure."""
    return path in _OPEN_TO_ALL or (is_owner and path in _OPEN_TO_OWNERS)
