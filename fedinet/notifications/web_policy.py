"""Of whom a member is told, in the settings: five rules, and whom they kept back."""

from dataclasses import asdict
from typing import Final

from aiohttp import web

from fedinet.actors.store import find_actors
from fedinet.db.pool import transaction
from fedinet.http.auth import require_member
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM
from fedinet.http.pages import render
from fedinet.http.paging import older_address, read_page
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.notifications import commands, policy_store
from fedinet.notifications.api_policy import read_policy

routes = web.RouteTableDef()
PATH: Final = "/settings/notifications"


@routes.get(PATH)
async def show_policy(request: web.Request) -> web.Response:
    found, page = require_member(request), read_page(request)
    async with request.app[POOL].acquire() as conn:
        policy = await policy_store.find_policy(conn, found.actor_id)
        kept = await policy_store.list_requests(conn, found.viewer, page)
        actors = await find_actors(conn, [one.actor_id for one in kept])
    return render(
        request,
        "notifications/policy.html",
        nav="settings",
        form=EMPTY_FORM,
        saved="saved" in request.query,
        policy=asdict(policy),
        kept=[(one, actors[one.actor_id]) for one in kept],
        most=policy_store.MOST_COUNTED,
        older=older_address(request, page, [one.id for one in kept]),
    )


@routes.post(PATH)
async def change_policy(request: web.Request) -> web.Response:
    found = require_member(request)
    wish = read_policy(await read_form(request))
    async with transaction(request.app[POOL]) as tx:
        await commands.change_policy(tx, found.actor_id, wish)
    return see_other(f"{PATH}?saved=1")


@routes.post(PATH + "/kept")
async def answer(request: web.Request) -> web.Response:
    """Let one through, or drop what is kept back of them. Twice is as good as once."""
    found = require_member(request)
    fields = await read_form(request)
    ids = fields.integers("id")[:1]
    async with transaction(request.app[POOL]) as tx:
        match fields.text("do"):
            case "accept":
                await commands.accept(tx, found.actor_id, ids)
            case "dismiss":
                await commands.dismiss(tx, found.actor_id, ids)
            case other:
                raise Unprocessable(f"no such act on what is kept back: {other[:40]!r}")
    return see_other(PATH)
