"""Inboxes as collections: a member's own for themselves, the shared one for everybody.

Source: https://www.w3.org/TR/activitypub/#inbox, #shared-inbox-delivery
"""

from typing import Final

from aiohttp import web

from fedinet.client.api import find_owner, shown_to
from fedinet.http.auth import member, require_scope
from fedinet.http.context import POOL, URIS
from fedinet.http.json import activity_response
from fedinet.http.paging import read_page
from fedinet.inbox import activities_store
from fedinet.vocab.collection import bare, collection, ordered_page, whole
from fedinet.vocab.context import NOTE_CONTEXT

routes = web.RouteTableDef()

PAGE_SIZE: Final = 20
_OWN: Final = {"Cache-Control": "private, no-store"}


@routes.get(r"/users/{name}/inbox")
async def show_inbox(request: web.Request) -> web.Response:
    """What reached a member, newest first, each once. Others learn that it exists."""
    found = member(request)
    async with request.app[POOL].acquire() as conn:
        owner = await find_owner(request, conn)
        uri = f"{owner.uri}/inbox"
        if found is None or found.actor_id != owner.id:
            return activity_response(collection(uri), headers=_OWN)
        require_scope(request, "read:notifications", "read:statuses")
        page = read_page(request, default=PAGE_SIZE, most=PAGE_SIZE)
        total = await activities_store.count_inbox(conn, owner.id)
        kept = await activities_store.list_inbox(
            conn, found.actor_id, before=page.max_id, limit=page.limit
        )
        items = await shown_to(request, conn, found.viewer, kept)
    inner = [bare(item) for item in items]
    document = ordered_page(uri, inner, page, [one.id for one in kept], context=NOTE_CONTEXT)
    if "page" not in request.query:
        document = whole(document, total=total)
    return activity_response(document, headers=_OWN)


@routes.get("/inbox")
async def show_shared_inbox(request: web.Request) -> web.Response:
    """What is public of all that came in or was done here: references, to be read at their origin.

    Never anything that is not for everybody.
    """
    uri = str(request.app[URIS].shared_inbox)
    page = read_page(request, default=PAGE_SIZE, most=PAGE_SIZE)
    async with request.app[POOL].acquire() as conn:
        kept = await activities_store.list_public(conn, before=page.max_id, limit=page.limit)
    items = [one.uri for one in kept if one.uri is not None]
    document = ordered_page(uri, items, page, [one.id for one in kept])
    if "page" not in request.query:
        document = whole(document, total=None)
    return activity_response(document)
