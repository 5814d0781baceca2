"""Who is frozen reads on, and changes nothing: the one place that refuses it, at every door.

What only concerns themselves stays open: how they sign in and out, their sessions and apps,
letting an app read, how far they have read, what rings, asking to look again, and leaving with
all that is theirs.
"""

from typing import Final

from aiohttp import hdrs, web

from fedinet.http.auth import member
from fedinet.http.errors import Handler
from fedinet.kernel.errors import Forbidden
from fedinet.kernel.problems import N_

_READS: Final = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
_OPEN: Final = (
    "/sign-in", "/sign-out", "/oauth", "/confirm-email", "/notifications",
    "/forgot-password", "/reset-password", "/settings/notices",
    "/settings/again", "/settings/email", "/settings/leaving", "/settings/passkeys",
    "/settings/password", "/settings/preferences", "/settings/second-step", "/settings/sessions",
    "/settings/standing", "/settings/tokens", "/api/v1/markers", "/api/v1/notifications",
    "/api/v2/notifications", "/api/v1/push/subscription", "/unsubscribe",
)  # fmt: skip
_ASKS: Final = "/proxy"
"""The end of a member's address by which their client reads what others wrote, with POST."""


class Frozen(Forbidden):
    """Somebody whom the stewards let read, and nothing else."""

    public = N_(
        "The stewards have frozen your account: you can read, and change nothing."
        " Why stands in Settings, under Standing"
    )
    sentence = public


@web.middleware
async def keep_frozen(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what a frozen member would change.

    Raises:
        Frozen: they are, and it is none of what stays open.
    """
    found = member(request)
    if (
        found is not None
        and found.is_frozen
        and request.method not in _READS
        and not stays_open(request.path)
    ):
        raise Frozen(f"{found.username} is frozen: {request.method} {request.path}")
    return await handler(request)


def stays_open(path: str) -> bool:
    """Tell whether who is frozen may send something there. Pure."""
    if path.startswith("/users/"):
        return path.endswith(_ASKS)
    return any(path == one or path.startswith(f"{one}/") for one in _OPEN)
