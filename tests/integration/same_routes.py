"""The routes of a node, which are the same for every one: a run makes them once.

To make hundreds of them takes longer than all else that a node's process does at its start.
They know nothing of their application: handlers find it in the request.
"""

from collections.abc import Iterable
from typing import Final, TypeAlias

from aiohttp import web

_MANY: Final = 100
"""Servers that tests write themselves have fewer, and go on making their own."""

_add_routes = web.UrlDispatcher.add_routes
_Routes: TypeAlias = list[web.AbstractRoute]
_made: list[tuple[list[web.AbstractRouteDef], web.UrlDispatcher, _Routes]] = []


def add_routes(
    router: web.UrlDispatcher, routes: Iterable[web.AbstractRouteDef]
) -> list[web.AbstractRoute]:
    """``UrlDispatcher.add_routes``, which shares what was made of the same routes before."""
    wanted = list(routes)
    if len(wanted) < _MANY or len(router.resources()):
        return _add_routes(router, wanted)
    for known, made, added in _made:
        if known == wanted:
            _share(made, router)
            return added
    added = _add_routes(router, wanted)
    kept = web.UrlDispatcher()
    _share(router, kept)
    _made.append((wanted, kept, added))
    return added


def _share(made: web.UrlDispatcher, router: web.UrlDispatcher) -> None:
    """Each has lists of its own, so that what one gets besides is not the other's."""
    router._resources += made._resources
    router._named_resources |= made._named_resources
    router._resource_index |= {path: list(found) for path, found in made._resource_index.items()}
