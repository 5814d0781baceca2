"""The client API about hashtags: what one is, follow it, list those that one follows.

Source: https://docs.joinmastodon.org/methods/tags/, methods/followed_tags/
"""

from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.http.apps import listed, reader
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL, URIS
from fedinet.http.json import json_response
from fedinet.http.paging import read_page
from fedinet.tags import commands, store
from fedinet.tags.entities import tag_entity
from fedinet.tags.model import read_tag

routes = web.RouteTableDef()

_DEFAULT: Final = 100
_MOST: Final = 200


@routes.get("/api/v1/tags/{tag}")
async def show_tag(request: web.Request) -> web.Response:
    asking = reader(request, "read")
    name, _ = read_tag(request.match_info["tag"])
    async with request.app[POOL].acquire() as conn:
        followed = await store.find_followed(conn, asking.actor_id, [name])
    return json_response(tag_entity(name, request.app[URIS], following=name in followed))


@routes.post("/api/v1/tags/{tag}/follow")
async def follow(request: web.Request) -> web.Response:
    found = require_scope(request, "write:follows")
    name, written = read_tag(request.match_info["tag"])
    async with transaction(request.app[POOL]) as tx:
        await commands.follow(tx, found.actor_id, name, written)
    return json_response(tag_entity(name, request.app[URIS], following=True))


@routes.post("/api/v1/tags/{tag}/unfollow")
async def unfollow(request: web.Request) -> web.Response:
    found = require_scope(request, "write:follows")
    name, _ = read_tag(request.match_info["tag"])
    async with transaction(request.app[POOL]) as tx:
        await commands.unfollow(tx, found.actor_id, name)
    return json_response(tag_entity(name, request.app[URIS], following=False))


@routes.get("/api/v1/followed_tags")
async def list_followed(request: web.Request) -> web.Response:
    """The last followed first."""
    found = require_scope(request, "read:follows")
    page = read_page(request, default=_DEFAULT, most=_MOST)
    async with request.app[POOL].acquire() as conn:
        rows = await store.list_followed(conn, found.actor_id, page)
    entities = [tag_entity(name, request.app[URIS], following=True) for _, name, _ in rows]
    return listed(request, page, [cursor for cursor, _, _ in rows], entities)
