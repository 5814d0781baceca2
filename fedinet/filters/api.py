"""The client API about filters.

Source: https://docs.joinmastodon.org/methods/filters/
"""

from datetime import UTC, datetime

from aiohttp import web

from fedinet.db.query import Tx
from fedinet.filters import commands, store
from fedinet.filters.changing import changing
from fedinet.filters.entities import filter_entity, keyword_entity, post_entity
from fedinet.filters.model import FilteredPost, KeywordWish, Wish, expiry
from fedinet.http.apps import ID, row_id
from fedinet.http.auth import Member, require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.http.params import Params, read_params
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import PostId

routes = web.RouteTableDef()

READ, WRITE = "read:filters", "write:filters"


@routes.get("/api/v2/filters")
async def list_filters(request: web.Request) -> web.Response:
    found = require_scope(request, READ)
    async with request.app[POOL].acquire() as conn:
        filters = await store.list_filters(conn, found.actor_id)
    return json_response([filter_entity(one) for one in filters])


@routes.post("/api/v2/filters")
async def create(request: web.Request) -> web.Response:
    found = require_scope(request, WRITE)
    wish = read_wish(await read_params(request))
    async with changing(request, found) as tx:
        return json_response(filter_entity(await commands.create(tx, found.actor_id, wish)))


@routes.get("/api/v2/filters/" + ID)
async def show(request: web.Request) -> web.Response:
    found = require_scope(request, READ)
    async with request.app[POOL].acquire() as conn:
        return json_response(
            filter_entity(await commands.get(conn, found.actor_id, row_id(request)))
        )


@routes.put("/api/v2/filters/" + ID)
async def change(request: web.Request) -> web.Response:
    """What is not named stays as it is."""
    found = require_scope(request, WRITE)
    wish = read_wish(await read_params(request))
    async with changing(request, found) as tx:
        changed = await commands.change(tx, found.actor_id, row_id(request), wish)
    return json_response(filter_entity(changed))


@routes.delete("/api/v2/filters/" + ID)
async def delete(request: web.Request) -> web.Response:
    found = require_scope(request, WRITE)
    async with changing(request, found) as tx:
        one = await commands.get(tx, found.actor_id, row_id(request))
        await store.delete_filter(tx, one.id)
    return json_response({})


@routes.get("/api/v2/filters/" + ID + "/keywords")
async def list_keywords(request: web.Request) -> web.Response:
    found = require_scope(request, READ)
    async with request.app[POOL].acquire() as conn:
        one = await commands.get(conn, found.actor_id, row_id(request))
    return json_response([keyword_entity(keyword) for keyword in one.keywords])


@routes.post("/api/v2/filters/" + ID + "/keywords")
async def add_keyword(request: web.Request) -> web.Response:
    found = require_scope(request, WRITE)
    params = await read_params(request)
    async with changing(request, found) as tx:
        made = await commands.add_keyword(
            tx,
            await commands.get(tx, found.actor_id, row_id(request)),
            params.text("keyword"),
            whole_word=params.flag("whole_word", default=True),
        )
    return json_response(keyword_entity(made))


@routes.get("/api/v2/filters/keywords/" + ID)
async def show_keyword(request: web.Request) -> web.Response:
    found = require_scope(request, READ)
    async with request.app[POOL].acquire() as conn:
        _, keyword = await commands.get_keyword(conn, found.actor_id, row_id(request))
    return json_response(keyword_entity(keyword))


@routes.put("/api/v2/filters/keywords/" + ID)
async def change_keyword(request: web.Request) -> web.Response:
    found = require_scope(request, WRITE)
    wish = _keyword_wish(await read_params(request))
    async with changing(request, found) as tx:
        _, now = await commands.get_keyword(tx, found.actor_id, row_id(request))
        return json_response(keyword_entity(await commands.change_keyword(tx, now, wish)))


@routes.delete("/api/v2/filters/keywords/" + ID)
async def delete_keyword(request: web.Request) -> web.Response:
    found = require_scope(request, WRITE)
    async with changing(request, found) as tx:
        _, keyword = await commands.get_keyword(tx, found.actor_id, row_id(request))
        await store.delete_keyword(tx, keyword.id)
    return json_response({})


@routes.get("/api/v2/filters/" + ID + "/statuses")
async def list_posts(request: web.Request) -> web.Response:
    found = require_scope(request, READ)
    async with request.app[POOL].acquire() as conn:
        one = await commands.get(conn, found.actor_id, row_id(request))
    return json_response([post_entity(listed) for listed in one.posts])


@routes.post("/api/v2/filters/" + ID + "/statuses")
async def add_post(request: web.Request) -> web.Response:
    found = require_scope(request, WRITE)
    status_id = (await read_params(request)).integer("status_id")
    async with changing(request, found) as tx:
        return json_response(post_entity(await _add_post(tx, found, row_id(request), status_id)))


@routes.get("/api/v2/filters/statuses/" + ID)
async def show_post(request: web.Request) -> web.Response:
    found = require_scope(request, READ)
    async with request.app[POOL].acquire() as conn:
        listed = await commands.get_filtered_post(conn, found.actor_id, row_id(request))
    return json_response(post_entity(listed))


@routes.delete("/api/v2/filters/statuses/" + ID)
async def delete_post(request: web.Request) -> web.Response:
    found = require_scope(request, WRITE)
    async with changing(request, found) as tx:
        listed = await commands.get_filtered_post(tx, found.actor_id, row_id(request))
        await store.delete_post(tx, listed.id)
    return json_response({})


async def _add_post(tx: Tx, found: Member, filter_id: int, status_id: int | None) -> FilteredPost:
    one = await commands.get(tx, found.actor_id, filter_id)
    if status_id is None:
        raise NotFound("no status is named")
    return await commands.add_post(tx, found.viewer, one, PostId(status_id))


def read_wish(params: Params) -> Wish:
    """Read what an app wants a filter to be. ``expires_in`` empty: it never ends."""
    ends = params.text("expires_in", None)
    return Wish(
        title=params.text("title", None),
        contexts=params.texts("context") or None,
        action=params.text("filter_action", None),
        expires_at=expiry(params.integer("expires_in"), datetime.now(UTC)),
        keeps_expiry=ends is None,
        keywords=[_keyword_wish(one) for one in params.mappings("keywords_attributes")],
    )


def _keyword_wish(params: Params) -> KeywordWish:
    return KeywordWish(
        id=params.integer("id"),
        keyword=params.text("keyword", None),
        whole_word=params.optional_flag("whole_word"),
        removed=params.flag("_destroy"),
    )
