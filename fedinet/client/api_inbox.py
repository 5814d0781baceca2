"""Inboxes as collections: a member's own for themselves, the shared one for everybody.

Source: https://www.w3.org/TR/activitypub/#inbox, #shared-inbox-delivery
"""

from typing import Final

from aiohttp import web

from fedinet.client.activities import collection, collection_page
from fedinet.client.api import require_owner, shown_to
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL, URIS
from fedinet.http.json import activity_response
from fedinet.http.paging import read_page
from fedinet.inbox import activities_store

routes = web.RouteTableDef()

PAGE_SIZE: Final = 20
_OWN: Final = {"Cache-Control": "private, no-store"}


@routes.get(r"/users/{name}/inbox")
async def show_inbox(request: web.Request) -> web.Response:
    """What reached a member, newest first, each once. For their own eyes."""
    found = require_owner(request)
    require_scope(request, "read:notifications", "read:statuses")
    uri = f"{request.app[URIS].actor(found.username)}/inbox"
    async with request.app[POOL].acquire() as conn:
        if "page" not in request.query:
            total = await activities_store.count_inbox(conn, found.actor_id)
            return activity_response(collection(uri, total=total), headers=_OWN)
        page = read_page(request, default=PAGE_SIZE, most=PAGE_SIZE)
        kept = await activities_store.list_inbox(
            conn, found.actor_id, before=page.max_id, limit=page.limit
        )
        items = await shown_to(request, conn, found.viewer, kept)
    older = kept[-1].id if len(kept) == page.limit else None
    document = collection_page(uri, items, before=page.max_id, older=older)
    return activity_response(document, headers=_OWN)


@routes.get("/inbox")
async def show_shared_inbox(request: web.Request) -> web.Response:
    """What is public of all that came in or was done here: references, to be read at their origin.

    Never anything that is not for everybody.
    """
    uri = str(request.app[URIS].shared_inbox)
    if "page" not in request.query:
        return activity_response(collection(uri, total=None))
    page = read_page(request, default=PAGE_SIZE, most=PAGE_SIZE)
    async with request.app[POOL].acquire() as conn:
        kept = await activities_store.list_public(conn, before=page.max_id, limit=page.limit)
    items = [one.uri for one in kept if one.uri is not None]
    older = kept[-1].id if len(kept) == page.limit else None
    return activity_response(collection_page(uri, items, before=page.max_id, older=older))
