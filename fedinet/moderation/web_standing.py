"""What stewards did to one's own account, and why: a member's page."""

from aiohttp import web

from fedinet.accounts.store import list_stewards
from fedinet.http.auth import require_member
from fedinet.http.context import POOL
from fedinet.http.pages import render
from fedinet.http.paging import older_address, read_page
from fedinet.moderation.acts_store import list_acts_of
from fedinet.moderation.words import ROLES_SAID, SAID_TO_MEMBER

routes = web.RouteTableDef()


@routes.get("/settings/standing")
async def show_standing(request: web.Request) -> web.Response:
    """Every act with its reason, the last first, and whom to write to. By whom is not said."""
    found, page = require_member(request), read_page(request)
    async with request.app[POOL].acquire() as conn:
        acts = await list_acts_of(conn, found.actor_id, page)
        stewards = await list_stewards(conn)
    return render(
        request,
        "moderation/standing.html",
        lines=[(act, SAID_TO_MEMBER[act.act]) for act in acts],
        stewards=[one for one in stewards if one.username != found.username],
        older=older_address(request, page, [act.id for act in acts]),
        roles=ROLES_SAID,
        saved=False,
    )
