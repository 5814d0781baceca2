"""What every route of the client API needs: who reads, which row, how a list is answered."""

from collections.abc import Iterable, Iterator, Sequence

from aiohttp import web

from fedinet.audiences.model import VISITOR, Viewer
from fedinet.http.auth import Member, member, require_scope
from fedinet.http.context import URIS
from fedinet.http.json import json_response
from fedinet.http.paging import link_header
from fedinet.kernel.paging import Page

ID = "{id:[0-9]{1,18}}"
"""An id in a route. What cannot be one of ours is not found, like an unknown one."""


def reader(request: web.Request, scope: str) -> Viewer:
    """Who reads what visitors may read too. An app's token must be good for it all the same.

    Raises:
        Forbidden: the token was given for other things.
    """
    if member(request) is None:
        return VISITOR
    return require_scope(request, scope).viewer


def is_own(request: web.Request, actor_id: int) -> bool:
    """Tell whether the member who asks is this actor."""
    found: Member | None = member(request)
    return found is not None and found.actor_id == actor_id


def row_id(request: web.Request) -> int:
    return int(request.match_info["id"])


def listed(
    request: web.Request, page: Page, cursors: Sequence[int], entities: Iterable[object]
) -> web.Response:
    """Answer a page of a list. ``cursors``: of all rows read, newest first."""
    return json_response(list(entities), headers=link_header(request, page, cursors))


def absolute(request: web.Request, path: str) -> str:
    """The full address of something of ours; apps refuse relative ones."""
    return f"{request.app[URIS].origin}{path}"


async def answer_empty(_request: web.Request) -> web.Response:
    """An honest empty list: there is none of it here."""
    return json_response([])


def in_order(routes: Iterable[web.AbstractRouteDef]) -> list[web.AbstractRouteDef]:
    """Put addresses without a name in them first, e.g. ``/`` before ``/@{name}``.

    Those with one are tried one after the other for all that begins as they do.
    """
    return sorted(routes, key=lambda one: isinstance(one, web.RouteDef) and "{" in one.path)


def with_slashes(routes: Iterable[web.AbstractRouteDef]) -> Iterator[web.AbstractRouteDef]:
    """Give each address of the API a twin that ends in a slash: some apps write it so.

    Source: Mastodon.py asks for ``/api/v1/instance/``.
    """
    for route in routes:
        yield route
        if isinstance(route, web.RouteDef) and route.path.startswith(("/api/", "/oauth/")):
            yield web.RouteDef(route.method, f"{route.path}/", route.handler, route.kwargs)
