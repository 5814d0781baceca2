"""The operations of the client API that the application really has."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Final

from aiohttp import web

from fedinet.wiring.routes import ROUTES

DOCUMENTED: Final = ("/api/", "/oauth/", "/.well-known/", "/nodeinfo/")
_VARIABLE: Final = re.compile(r"\{([a-z_]+)(?::((?:[^{}]|\{[0-9,]+\})*))?\}")
_WORDS: Final = re.compile(r"[a-z_/]+(\|[a-z_/]+)+")


def operations() -> dict[tuple[str, str], str]:
    """Where each is made, by method and by its path as the document writes it."""
    return {
        (route.method, path): f"{route.handler.__module__}.{route.handler.__qualname__}"
        for routes in ROUTES
        for route in routes
        if isinstance(route, web.RouteDef) and route.path.startswith(DOCUMENTED)
        for path in paths(route.path)
    }


def paths(pattern: str) -> Iterator[str]:
    """A variable that is one of some words is a path for each of them."""
    choices = [
        words.split("|") if _WORDS.fullmatch(words) else [f"{{{name}}}"]
        for name, words in _VARIABLE.findall(pattern)
    ]
    between = _VARIABLE.sub("\0", pattern).split("\0")
    for chosen in product(*choices):
        yield between[0] + "".join(
            f"{one}{text}" for one, text in zip(chosen, between[1:], strict=True)
        )
