"""The page of what a member will publish later: see it, and cancel it."""

from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.http.auth import require_member
from fedinet.http.context import POOL
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import NotFound
from fedinet.kernel.paging import Page
from fedinet.scheduled import commands, store
from fedinet.scheduled.model import MAX_IN_ALL

routes = web.RouteTableDef()
PATH: Final = "/scheduled"


@routes.get(PATH)
async def show_scheduled(request: web.Request) -> web.Response:
    """All of it, the next first; what could not be published stands above."""
    found = require_member(request)
    async with request.app[POOL].acquire() as conn:
        scheduled = await store.list_scheduled(conn, found.actor_id, Page(limit=MAX_IN_ALL))
    ordered = sorted(scheduled, key=lambda one: (not one.has_failed, one.due_at, one.id))
    return render(request, "scheduled/scheduled.html", scheduled=ordered)


@routes.post(PATH)
async def cancel(request: web.Request) -> web.Response:
    """Cancel one. Twice is as good as once."""
    found = require_member(request)
    fields = await read_form(request)
    scheduled_id = fields.integer("id")
    if scheduled_id is None or not 0 < scheduled_id < 2**63:
        raise NotFound("no scheduled post is named")
    async with transaction(request.app[POOL]) as tx:
        one = await store.find(tx, scheduled_id)
        if one is not None:
            await commands.cancel(tx, found.actor_id, scheduled_id)
    return see_other(PATH)
