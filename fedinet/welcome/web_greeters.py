"""Who welcomes newcomers: the member's setting, and the stewards' list of whom nobody answered."""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.actors.store import find_actors
from fedinet.db.pool import transaction
from fedinet.http.auth import require_member, require_steward
from fedinet.http.context import POOL
from fedinet.http.forms import Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.welcome import greeters_store, store

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
async def show_late(request: web.Request) -> web.Response:
    """Newcomers whose hello nobody answered within two days, the oldest first."""
    require_steward(request)
    async with request.app[POOL].acquire() as conn:
        late = await store.list_late(conn, now=datetime.now(UTC))
        people = await find_actors(conn, [one.actor_id for one in late])
    return render(request, "welcome/late.html", late=[(one, people[one.actor_id]) for one in late])
