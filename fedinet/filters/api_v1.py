"""Filters for apps that know only version 1: each keyword is a filter of its own.

Source: https://docs.joinmastodon.org/methods/filters/#v1
"""

from dataclasses import replace

from aiohttp import web

from fedinet.db.query import Tx
from fedinet.filters import commands, store
from fedinet.filters.api import READ, WRITE, changing, read_wish
from fedinet.filters.entities import filter_v1
from fedinet.filters.model import Action, Filter, Keyword, KeywordWish, Wish
from fedinet.http.apps import ID, row_id
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.http.params import Params, read_params
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import N_

routes = web.RouteTableDef()


@routes.get("/api/v1/filters")
async def list_filters(request: web.Request) -> web.Response:
    found = require_scope(request, READ)
    async with request.app[POOL].acquire() as conn:
        filters = await store.list_filters(conn, found.actor_id)
    return json_response([filter_v1(one, keyword) for one in filters for keyword in one.keywords])


@routes.post("/api/v1/filters")
async def create(request: web.Request) -> web.Response:
    found = require_scope(request, WRITE)
    wish = _wish(await read_params(request))
    async with changing(request, found) as tx:
        made = await commands.create(tx, found.actor_id, wish)
    return json_response(filter_v1(made, made.keywords[0]))


@routes.get("/api/v1/filters/" + ID)
async def show(request: web.Request) -> web.Response:
    found = require_scope(request, READ)
    async with request.app[POOL].acquire() as conn:
        one, keyword = await commands.get_keyword(conn, found.actor_id, row_id(request))
    return json_response(filter_v1(one, keyword))


@routes.put("/api/v1/filters/" + ID)
async def change(request: web.Request) -> web.Response:
    found = require_scope(request, WRITE)
    wish = _wish(await read_params(request))
    async with changing(request, found) as tx:
        changed = await _change(tx, found.actor_id, row_id(request), wish)
    return json_response(filter_v1(*changed))


@routes.delete("/api/v1/filters/" + ID)
async def delete(request: web.Request) -> web.Response:
    """Take the keyword away; with the last one its filter goes."""
    found = require_scope(request, WRITE)
    async with changing(request, found) as tx:
        one, keyword = await commands.get_keyword(tx, found.actor_id, row_id(request))
        await store.delete_keyword(tx, keyword.id)
        if len(one.keywords) == 1 and not one.posts:
            await store.delete_filter(tx, one.id)
    return json_response({})


async def _change(tx: Tx, owner_id: ActorId, keyword_id: int, wish: Wish) -> tuple[Filter, Keyword]:
    """Change a keyword and its filter.

    Raises:
        Unprocessable: the filter has more keywords, which this app would change unseen.
    """
    one, keyword = await commands.get_keyword(tx, owner_id, keyword_id)
    [named] = wish.keywords
    wish = replace(wish, title=None, keywords=[replace(named, id=keyword.id)])
    changes_filter = (
        (wish.contexts is not None and set(wish.contexts) != set(one.contexts))
        or wish.action not in (None, one.action)
        or not wish.keeps_expiry
    )
    if changes_filter and len(one.keywords) > 1:
        raise Unprocessable(
            f"filter {one.id} has {len(one.keywords)} keywords",
            public=N_("This filter has several words: change it in an app that shows them all"),
        )
    await commands.change(tx, owner_id, one.id, wish)
    return await commands.get_keyword(tx, owner_id, keyword_id)


def _wish(params: Params) -> Wish:
    phrase = params.text("phrase", None)
    hides = params.optional_flag("irreversible")
    return replace(
        read_wish(params),
        title=phrase,
        action=None if hides is None else (Action.HIDE if hides else Action.WARN),
        keywords=[KeywordWish(keyword=phrase, whole_word=params.optional_flag("whole_word"))],
    )
