"""The client API about announcements.

Source: https://docs.joinmastodon.org/methods/announcements/
"""

from typing import Final

from aiohttp import web

from fedinet.announcements import commands, store
from fedinet.announcements.entities import announcement_entity
from fedinet.db.pool import transaction
from fedinet.http.apps import ID, row_id
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL, URIS
from fedinet.http.json import json_response

routes = web.RouteTableDef()

_ONE: Final = "/api/v1/announcements/" + ID
_REACTION: Final = _ONE + "/reactions/{name:[^/]{1,100}}"


@routes.get("/api/v1/announcements")
async def list_announcements(request: web.Request) -> web.Response:
    """All that are shown now, read or not, the oldest first."""
    found, uris = require_scope(request, "read"), request.app[URIS]
    async with request.app[POOL].acquire() as conn:
        shown = [
            await commands.with_emojis(conn, uris, one)
            for one in await store.list_shown(conn, found.actor_id)
        ]
        reactions = await store.list_reactions(conn, found.actor_id, [one.id for one in shown])
    return json_response(
        [announcement_entity(one, reactions.get(one.id, ()), uris) for one in shown]
    )


@routes.post(_ONE + "/dismiss")
async def dismiss(request: web.Request) -> web.Response:
    found = require_scope(request, "write:accounts")
    async with transaction(request.app[POOL]) as tx:
        await commands.mark_read(tx, row_id(request), found.actor_id)
    return json_response({})


@routes.put(_REACTION)
async def react(request: web.Request) -> web.Response:
    found, name = require_scope(request, "write:favourites"), request.match_info["name"]
    async with transaction(request.app[POOL]) as tx:
        await commands.react(tx, request.app[URIS], row_id(request), found.actor_id, name)
    return json_response({})


@routes.delete(_REACTION)
async def unreact(request: web.Request) -> web.Response:
    found, name = require_scope(request, "write:favourites"), request.match_info["name"]
    async with transaction(request.app[POOL]) as tx:
        await commands.unreact(tx, row_id(request), found.actor_id, name)
    return json_response({})
