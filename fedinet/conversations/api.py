"""The client API about private conversations.

Source: https://docs.joinmastodon.org/methods/conversations/
"""

from aiohttp import web

from fedinet.conversations import store
from fedinet.conversations.entities import render_conversations
from fedinet.db.pool import transaction
from fedinet.http.apps import ID, listed, row_id
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.http.paging import read_page
from fedinet.kernel.errors import NotFound

routes = web.RouteTableDef()


@routes.get("/api/v1/conversations")
async def list_conversations(request: web.Request) -> web.Response:
    """Those that the member keeps, the liveliest first."""
    found = require_scope(request, "read:statuses")
    page = read_page(request)
    async with request.app[POOL].acquire() as conn:
        conversations = await store.list_conversations(conn, found.viewer, page)
        entities = await render_conversations(request, conn, found, conversations)
    return listed(request, page, [one.cursor for one in conversations], entities)


@routes.delete("/api/v1/conversations/" + ID)
async def delete(request: web.Request) -> web.Response:
    """Take one out of the list. The posts stay; the next one brings it back."""
    found = require_scope(request, "write:conversations")
    async with transaction(request.app[POOL]) as tx:
        if not await store.delete_conversation(tx, found.actor_id, row_id(request)):
            raise NotFound(f"no conversation {row_id(request)} of {found.username}")
    return json_response({})


@routes.post("/api/v1/conversations/" + ID + "/{state:read|unread}")
async def mark(request: web.Request) -> web.Response:
    found = require_scope(request, "write:conversations")
    unread = request.match_info["state"] == "unread"
    async with transaction(request.app[POOL]) as tx:
        await store.set_unread(tx, found.actor_id, row_id(request), unread=unread)
        one = await store.find_conversation(tx, found.viewer, row_id(request))
        if one is None:
            raise NotFound(f"no conversation {row_id(request)} of {found.username}")
        [entity] = await render_conversations(request, tx, found, [one])
    return json_response(entity)
