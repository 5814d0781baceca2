"""The client API about hashtags: what one is, follow it, show it on one's profile.

Source: https://docs.joinmastodon.org/methods/tags/, methods/followed_tags/
"""

from typing import Final

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.db.query import Conn
from fedinet.http.apps import listed, reader
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL, URIS
from fedinet.http.json import json_response
from fedinet.http.paging import read_page
from fedinet.kernel.ids import ActorId
from fedinet.pins.commands import feature_tag, unfeature_tag
from fedinet.pins.store import featured_names
from fedinet.posts.model import Tag
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
        return await _answer(request, conn, asking.actor_id, name)


@routes.post("/api/v1/tags/{tag}/follow")
async def follow(request: web.Request) -> web.Response:
    found = require_scope(request, "write:follows")
    name, written = read_tag(request.match_info["tag"])
    async with transaction(request.app[POOL]) as tx:
        await commands.follow(tx, found.actor_id, name, written)
        return await _answer(request, tx, found.actor_id, name)


@routes.post("/api/v1/tags/{tag}/unfollow")
async def unfollow(request: web.Request) -> web.Response:
    found = require_scope(request, "write:follows")
    name, _ = read_tag(request.match_info["tag"])
    async with transaction(request.app[POOL]) as tx:
        await commands.unfollow(tx, found.actor_id, name)
        return await _answer(request, tx, found.actor_id, name)


@routes.post("/api/v1/tags/{tag}/feature")
async def feature(request: web.Request) -> web.Response:
    """Show it on one's profile. What is shown already stays."""
    found = require_scope(request, "write:accounts")
    name, written = read_tag(request.match_info["tag"])
    async with transaction(request.app[POOL]) as tx:
        if name not in await featured_names(tx, found.actor_id):
            await feature_tag(tx, await get_actor(tx, found.actor_id), Tag(name, written))
        return await _answer(request, tx, found.actor_id, name)


@routes.post("/api/v1/tags/{tag}/unfeature")
async def unfeature(request: web.Request) -> web.Response:
    found = require_scope(request, "write:accounts")
    name, _ = read_tag(request.match_info["tag"])
    async with transaction(request.app[POOL]) as tx:
        await unfeature_tag(tx, await get_actor(tx, found.actor_id), name)
        return await _answer(request, tx, found.actor_id, name)


@routes.get("/api/v1/followed_tags")
async def list_followed(request: web.Request) -> web.Response:
    """The last followed first."""
    found = require_scope(request, "read:follows")
    page = read_page(request, default=_DEFAULT, most=_MOST)
    async with request.app[POOL].acquire() as conn:
        rows = await store.list_followed(conn, found.actor_id, page)
        featured = await featured_names(conn, found.actor_id)
    entities = [
        tag_entity(name, request.app[URIS], following=True, featuring=name in featured)
        for _, name, _ in rows
    ]
    return listed(request, page, [cursor for cursor, _, _ in rows], entities)


async def _answer(
    request: web.Request, conn: Conn, reading: ActorId | None, name: str
) -> web.Response:
    followed = await store.find_followed(conn, reading, [name])
    featured = await featured_names(conn, reading)
    uris = request.app[URIS]
    return json_response(
        tag_entity(name, uris, following=name in followed, featuring=name in featured)
    )
