"""The client API about lists of people, and what these write.

Source: https://docs.joinmastodon.org/methods/lists/, methods/timelines/#list
"""

from dataclasses import replace

from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS, get_shown
from fedinet.db.pool import transaction
from fedinet.http.apps import ID, listed, row_id
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.http.paging import read_page
from fedinet.http.params import read_params
from fedinet.kernel.paging import Page
from fedinet.lists import commands, store
from fedinet.lists.model import MAX_MEMBERS, List, check_title, read_replies_policy
from fedinet.lists.timeline_store import list_timeline
from fedinet.timelines.statuses import render_items

routes = web.RouteTableDef()


@routes.get("/api/v1/lists")
async def list_lists(request: web.Request) -> web.Response:
    found = require_scope(request, "read:lists")
    async with request.app[POOL].acquire() as conn:
        lists = await store.list_lists(conn, found.actor_id)
    return json_response([entity(one) for one in lists])


@routes.post("/api/v1/lists")
async def create(request: web.Request) -> web.Response:
    found = require_scope(request, "write:lists")
    params = await read_params(request)
    async with transaction(request.app[POOL]) as tx:
        made = await commands.create(
            tx,
            found.actor_id,
            params.text("title"),
            replies_policy=read_replies_policy(params.text("replies_policy") or "list"),
            exclusive=params.flag("exclusive"),
        )
    return json_response(entity(made))


@routes.get("/api/v1/lists/" + ID)
async def show(request: web.Request) -> web.Response:
    found = require_scope(request, "read:lists")
    async with request.app[POOL].acquire() as conn:
        return json_response(entity(await commands.get(conn, found.actor_id, row_id(request))))


@routes.put("/api/v1/lists/" + ID)
async def change(request: web.Request) -> web.Response:
    """What is not named stays as it is."""
    found = require_scope(request, "write:lists")
    params = await read_params(request)
    async with transaction(request.app[POOL]) as tx:
        await store.lock_owner(tx, found.actor_id)
        now = await commands.get(tx, found.actor_id, row_id(request))
        exclusive = params.optional_flag("exclusive")
        changed = replace(
            now,
            title=check_title(params.text("title", now.title)),
            replies_policy=read_replies_policy(params.text("replies_policy") or now.replies_policy),
            exclusive=now.exclusive if exclusive is None else exclusive,
        )
        return json_response(entity(await store.update_list(tx, changed)))


@routes.delete("/api/v1/lists/" + ID)
async def delete(request: web.Request) -> web.Response:
    found = require_scope(request, "write:lists")
    async with transaction(request.app[POOL]) as tx:
        await store.lock_owner(tx, found.actor_id)
        one = await commands.get(tx, found.actor_id, row_id(request))
        await store.delete_list(tx, one.id)
    return json_response({})


@routes.get("/api/v1/lists/" + ID + "/accounts")
async def list_members(request: web.Request) -> web.Response:
    """Who is in a list, the last added first; all at once with ``limit=0``."""
    found = require_scope(request, "read:lists")
    page = read_page(request, default=40, most=80)
    if request.query.get("limit") == "0":
        page = Page(limit=MAX_MEMBERS)
    async with request.app[POOL].acquire() as conn:
        one = await commands.get(conn, found.actor_id, row_id(request))
        rows = await store.list_members(conn, one, page)
        actors = [actor for _, actor in rows]
        entities = await request.app[ACCOUNTS].render(conn, found.actor_id, actors)
    encoded = [entities[actor.id] for actor in actors]
    return listed(request, page, [cursor for cursor, _ in rows], encoded)


@routes.post("/api/v1/lists/" + ID + "/accounts")
async def add_members(request: web.Request) -> web.Response:
    found = require_scope(request, "write:lists")
    params = await read_params(request)
    async with transaction(request.app[POOL]) as tx:
        await store.lock_owner(tx, found.actor_id)
        one = await commands.get(tx, found.actor_id, row_id(request))
        await commands.add(tx, one, params.integers("account_ids"))
    return json_response({})


@routes.delete("/api/v1/lists/" + ID + "/accounts")
async def remove_members(request: web.Request) -> web.Response:
    found = require_scope(request, "write:lists")
    params = await read_params(request)
    async with transaction(request.app[POOL]) as tx:
        one = await commands.get(tx, found.actor_id, row_id(request))
        await store.remove_members(tx, one.id, params.integers("account_ids"))
    return json_response({})


@routes.get("/api/v1/accounts/" + ID + "/lists")
async def list_lists_with(request: web.Request) -> web.Response:
    """The member's lists in which somebody stands."""
    found = require_scope(request, "read:lists")
    async with request.app[POOL].acquire() as conn:
        actor = await get_shown(conn, row_id(request))
        lists = await store.list_lists_with(conn, found.actor_id, actor.id)
    return json_response([entity(one) for one in lists])


@routes.get("/api/v1/timelines/list/" + ID)
async def show_timeline(request: web.Request) -> web.Response:
    found = require_scope(request, "read:lists")
    page = read_page(request)
    with_files = (await read_params(request)).flag("only_media")
    async with request.app[POOL].acquire() as conn:
        one = await commands.get(conn, found.actor_id, row_id(request))
        items = await list_timeline(conn, found.viewer, one, page, with_files=with_files)
        statuses = await render_items(request, conn, found.viewer, items)
    return listed(request, page, [item.id for item in items], statuses)


def entity(one: List) -> dict[str, object]:
    return {
        "id": str(one.id),
        "title": one.title,
        "replies_policy": one.replies_policy,
        "exclusive": one.exclusive,
    }
