"""Which kind of reader an address is for. Decides the shape of errors, CSRF and CORS. Pure."""

from enum import Enum, auto

_API = (
    "/api/",
    "/oauth/token",
    "/oauth/revoke",
    "/oauth/introspect",
    "/oauth/register",
    "/oauth/userinfo",
)
_FEDERATION = (
    "/users/",
    "/actor/",
    "/posts/",
    "/quotes/",
    "/activities/",
    "/.well-known/",
    "/nodeinfo/",
)
_FEDERATION_EXACT = frozenset({"/inbox", "/actor", "/nodeinfo"})
_OPERATIONS = frozenset({"/health", "/metrics"})


class Surface(Enum):
    """PAGE: people and cookies. API: apps and tokens. FEDERATION: servers and signatures."""

    PAGE = auto()
    API = auto()
    FEDERATION = auto()
    OPERATIONS = auto()


def surface_of(path: str) -> Surface:
    """Tell by the path alone. An address that is page and document counts as FEDERATION."""
    if path.startswith(_API):
        return Surface.API
    if path in _FEDERATION_EXACT or path.startswith(_FEDERATION):
        return Surface.FEDERATION
    if path in _OPERATIONS:
        return Surface.OPERATIONS
    return Surface.PAGE
