"""Who welcomes newcomers: the member's setting, and the stewards' list of who waits for a word."""

from typing import Final

from aiohttp import web

from fedinet.actors.store import find_actors
from fedinet.db.pool import transaction
from fedinet.desk.model import MOST_COUNTED
from fedinet.desk.store import list_open
from fedinet.http.auth import require_member, require_steward
from fedinet.http.context import POOL
from fedinet.http.forms import Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.welcome import greeters_store, store
from fedinet.welcome.model import OF_NEWCOMERS

routes = web.RouteTableDef()
_SETTING: Final = "/settings/newcomers"


@routes.get(_SETTING)
async def show_setting(request: web.Request) -> web.Response:
    me = require_member(request)
    greets = await greeters_store.is_greeter(request.app[POOL], me.actor_id)
    return render(
        request,
        "welcome/settings-newcomers.html",
        form=Form({"greets": "1" if greets else ""}),
        greets=greets,
        saved="saved" in request.query,
    )


@routes.post(_SETTING)
async def save_setting(request: web.Request) -> web.Response:
    """Welcome newcomers, or not any more."""
    me, fields = require_member(request), await read_form(request)
    async with transaction(request.app[POOL]) as tx:
        await greeters_store.set_greeter(tx, me.actor_id, wants=fields.flag("greets"))
    return see_other(f"{_SETTING}?saved=1")


@routes.get("/admin/welcomes")
async def show_waiting(request: web.Request) -> web.Response:
    """Newcomers who wait for a steward, the oldest first: the lines of the desk, and no others."""
    require_steward(request)
    async with request.app[POOL].acquire() as conn:
        lines = await list_open(conn, kinds=OF_NEWCOMERS, limit=MOST_COUNTED)
        hellos = [int(line.subject) for line in lines if line.subject.isdecimal()]
        waiting = await store.list_of_posts(conn, hellos)
        people = await find_actors(conn, [one.actor_id for one in waiting])
    return render(
        request,
        "welcome/late.html",
        waiting=[(one, people[one.actor_id]) for one in waiting],
    )
