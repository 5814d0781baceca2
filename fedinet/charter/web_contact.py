"""The stewards' page where they say whom to write to about the community."""

from aiohttp import web

from fedinet.charter import commands, contact_store
from fedinet.db.pool import transaction
from fedinet.http.auth import require_administrator
from fedinet.http.context import POOL
from fedinet.http.forms import Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.problems import Invalid

routes = web.RouteTableDef()
_PAGE = "/admin/house/contact"


@routes.get(_PAGE)
async def show_contact(request: web.Request) -> web.Response:
    require_administrator(request)
    contact = await contact_store.find_contact(request.app[POOL])
    named = contact.steward
    values = {"email": contact.email, "steward": "" if named is None else str(named.account_id)}
    return await _page(request, Form(values))


@routes.post(_PAGE)
async def save_contact(request: web.Request) -> web.Response:
    """Name an address, a steward, both or neither."""
    require_administrator(request)
    fields = await read_form(request)
    email, steward = fields.text("email").strip(), fields.text("steward")
    try:
        async with transaction(request.app[POOL]) as tx:
            await commands.write_contact(tx, email, steward)
    except Invalid as error:
        form = Form({"email": email, "steward": steward}, error.problems)
        return await _page(request, form, status=422)
    return see_other("/admin/house?saved=1")


async def _page(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    return render(
        request,
        "charter/house-contact.html",
        status=status,
        form=form,
        stewards=await contact_store.list_stewards(request.app[POOL]),
    )
