"""The link from the terminal by which an owner gets in, also while nobody else may sign in."""

from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.http.clients import client_address, limit_key
from fedinet.http.context import POOL
from fedinet.http.limits import Limit, count_attempt
from fedinet.http.locked import ENTER, PAGE
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.security.door import let_in
from fedinet.security.owner_links_store import is_owner_link, use_owner_link

routes = web.RouteTableDef()
_TRIED: Final = Limit("owner-link", 20, timedelta(hours=1))


@routes.get(ENTER)
async def show_link(request: web.Request) -> web.Response:
    """Ask before the link is used: some programs open links before people do."""
    token = request.query.get("token", "")
    works = await is_owner_link(request.app[POOL], token, now=datetime.now(UTC))
    return _page(request, token if works else "", status=200 if works else 410)


@routes.post(ENTER)
async def use_link(request: web.Request) -> web.Response:
    """Begin a session of the owner; the link is used up."""
    now = datetime.now(UTC)
    await count_attempt(request.app[POOL], _TRIED, limit_key(client_address(request)), now=now)
    fields = await read_form(request)
    response = see_other(PAGE)
    async with transaction(request.app[POOL]) as tx:
        account_id = await use_owner_link(tx, fields.text("token"), now=now)
        if account_id is not None:
            await let_in(request, tx, response, account_id, now=now)
    return _page(request, "", status=410) if account_id is None else response


def _page(request: web.Request, token: str, *, status: int) -> web.Response:
    response = render(request, "security/owner-link.html", status=status, token=token)
    response.headers["Cache-Control"] = "no-store"
    return response
