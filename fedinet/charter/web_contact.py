"""The stewards' page where they say whom to write to about the community."""

from collections.abc import Mapping

from aiohttp import web

from fedinet.charter import commands, contact_store
from fedinet.charter.model import Contact
from fedinet.charter.store import lock_house
from fedinet.db.pool import transaction
from fedinet.http.auth import require_administrator
from fedinet.http.context import POOL
from fedinet.http.forms import Form
from fedinet.http.meanwhile import MARK, UNCHANGED, changed_meanwhile, mark_of
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.problems import Invalid

routes = web.RouteTableDef()
_PAGE = "/admin/house/contact"


@routes.get(_PAGE)
async def show_contact(request: web.Request) -> web.Response:
    require_administrator(request)
    present = _values_of(await contact_store.find_contact(request.app[POOL]))
    return await _page(request, Form(present), mark_of(present))


def _values_of(contact: Contact) -> dict[str, str]:
    named = contact.steward
    return {"email": contact.email, "steward": "" if named is None else str(named.account_id)}


@routes.post(_PAGE)
async def save_contact(request: web.Request) -> web.Response:
    """Name an address, a steward, both or neither; unless somebody did meanwhile."""
    require_administrator(request)
    fields = await read_form(request)
    email, steward = fields.text("email").strip(), fields.text("steward")
    form = Form({"email": email, "steward": steward})
    try:
        async with transaction(request.app[POOL]) as tx:
            await lock_house(tx)
            present = _values_of(await contact_store.find_contact(tx))
            if newer := changed_meanwhile(form, fields, present):
                return await _page(request, form, mark_of(present), status=409, newer=newer)
            await commands.write_contact(tx, email, steward)
    except Invalid as error:
        form = form.with_problems(error.problems)
        return await _page(request, form, fields.text(MARK), status=422)
    return see_other("/admin/house?saved=1")


async def _page(
    request: web.Request,
    form: Form,
    mark: str,
    *,
    status: int = 200,
    newer: Mapping[str, str] = UNCHANGED,
) -> web.Response:
    return render(
        request,
        "charter/house-contact.html",
        status=status,
        form=form,
        mark=mark,
        newer=newer,
        stewards=await contact_store.list_stewards(request.app[POOL]),
    )
