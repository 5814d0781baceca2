"""The client API about scheduled posts; they are made by ``POST /api/v1/statuses``.

Source: https://docs.joinmastodon.org/methods/scheduled_statuses/
"""

from datetime import UTC, datetime

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.http.apps import ID, listed, row_id
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL, URIS
from fedinet.http.json import json_response
from fedinet.http.paging import read_page
from fedinet.http.params import read_params
from fedinet.scheduled import commands, store
from fedinet.scheduled.entities import render_scheduled
from fedinet.scheduled.model import read_moment

routes = web.RouteTableDef()

_PATH = "/api/v1/scheduled_statuses"


@routes.get(_PATH)
async def list_scheduled(request: web.Request) -> web.Response:
    """What waits, the last written first; also what could not be published when it was due."""
    found = require_scope(request, "read:statuses")
    page = read_page(request)
    async with request.app[POOL].acquire() as conn:
        scheduled = await store.list_scheduled(conn, found.actor_id, page)
        entities = await render_scheduled(conn, request.app[URIS], found.actor_id, scheduled)
    return listed(request, page, [one.id for one in scheduled], entities)


@routes.get(f"{_PATH}/{ID}")
async def show(request: web.Request) -> web.Response:
    found = require_scope(request, "read:statuses")
    async with request.app[POOL].acquire() as conn:
        one = await commands.get(conn, found.actor_id, row_id(request))
        [entity] = await render_scheduled(conn, request.app[URIS], found.actor_id, [one])
    return json_response(entity)


@routes.put(f"{_PATH}/{ID}")
async def move(request: web.Request) -> web.Response:
    """Publish it at another time: ``scheduled_at``. Nothing else can be changed."""
    found = require_scope(request, "write:statuses")
    params = await read_params(request)
    now = datetime.now(UTC)
    async with transaction(request.app[POOL]) as tx:
        one = await commands.get(tx, found.actor_id, row_id(request))
        due_at = read_moment(params.text("scheduled_at"))
        one = await commands.move(tx, found.actor_id, one.id, due_at, now)
        [entity] = await render_scheduled(tx, request.app[URIS], found.actor_id, [one])
    return json_response(entity)


@routes.delete(f"{_PATH}/{ID}")
async def cancel(request: web.Request) -> web.Response:
    found = require_scope(request, "write:statuses")
    async with transaction(request.app[POOL]) as tx:
        await commands.cancel(tx, found.actor_id, row_id(request))
    return json_response({})
