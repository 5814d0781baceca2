"""The page of servers that a member keeps away: see them, add one, take one back."""

from typing import Final

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.follows import domain_blocking
from fedinet.follows.api_domains import our_domains
from fedinet.follows.domain_blocks_store import list_domain_blocks
from fedinet.http.auth import require_member
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.paging import Page
from fedinet.kernel.problems import Problem

routes = web.RouteTableDef()
PATH: Final = "/people/servers"


@routes.get(PATH)
async def show_servers(request: web.Request) -> web.Response:
    """Which servers the member keeps away. ``?server=`` fills the form, as a profile does."""
    require_member(request)
    named = request.query.get("server", "").replace("\0", "")[:300]
    return await _page(request, Form({"server": named}) if named else EMPTY_FORM)


@routes.post(PATH)
async def change_servers(request: web.Request) -> web.Response:
    """Keep one away, or let one come again. Twice is as good as once."""
    found = require_member(request)
    fields = await read_form(request)
    typed = fields.text("server")
    try:
        server = domain_blocking.read_server(typed)
        async with transaction(request.app[POOL]) as tx:
            member = await get_actor(tx, found.actor_id)
            if fields.text("do") == "let":
                await domain_blocking.let_back(tx, member, server)
            else:
                await domain_blocking.keep_away(tx, member, server, ours=our_domains(request))
    except Unprocessable as error:
        form = Form({"server": typed}, (Problem.told_by(error, "server"),))
        return await _page(request, form, status=422)
    return see_other(PATH)


async def _page(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    found = require_member(request)
    async with request.app[POOL].acquire() as conn:
        kept = await list_domain_blocks(conn, found.actor_id, Page(limit=domain_blocking.MOST))
    return render(
        request,
        "follows/servers.html",
        status=status,
        nav="people",
        form=form,
        servers=[server for _, server in kept],
    )
