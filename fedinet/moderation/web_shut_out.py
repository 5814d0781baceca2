"""What who is suspended is shown when they sign in: why, asking to look again, their data."""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.accounts.store import list_stewards
from fedinet.charter.contact_store import find_contact
from fedinet.db.pool import transaction
from fedinet.http.context import BOX, POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.limits import count_attempt, forgive_attempt
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.paging import Page
from fedinet.kernel.problems import N_, Problem
from fedinet.moderation import looks_store
from fedinet.moderation.looking import ask_to_look
from fedinet.moderation.looks import MAX_WORDS
from fedinet.moderation.rights import Act
from fedinet.moderation.shut_out import (
    HERE,
    ShutOutPass,
    end_pass,
    find_pass,
    require_whole_pass,
    show_out,
)
from fedinet.moderation.web_standing import ASKS
from fedinet.moderation.words import OUTCOMES
from fedinet.security.commands import is_right_code
from fedinet.security.door import CODES_BY_ACCOUNT

routes = web.RouteTableDef()
_WRONG: Final = N_("This code is not right, or was used before. Try the next one.")


@routes.get(HERE)
async def show(request: web.Request) -> web.Response:
    """Why, and what can be done; who has no pass signs in first."""
    found = await find_pass(request)
    return see_other("/sign-in") if found is None else await _page(request, found, EMPTY_FORM)


@routes.post(f"{HERE}/code")
async def give_code(request: web.Request) -> web.Response:
    """Compare the second step: before it nobody asks in their name, or takes their data."""
    now, fields = datetime.now(UTC), await read_form(request)
    found = await find_pass(request)
    if found is None:
        return see_other("/sign-in")
    pool, account = request.app[POOL], found.account
    await count_attempt(pool, CODES_BY_ACCOUNT, str(account.id), now=now)
    async with transaction(pool) as tx:
        typed, box = fields.text("code"), request.app[BOX]
        is_right = await is_right_code(tx, account.id, typed, box=box, now=now)
    if not is_right:
        form = Form(problems=(Problem("code", _WRONG),))
        return await _page(request, found, form, status=422)
    await forgive_attempt(pool, CODES_BY_ACCOUNT, str(account.id), now=now)
    return await show_out(request, account.id, is_whole=True, now=now)


@routes.post(HERE + r"/ask/{id:[0-9]{1,18}}")
async def ask(request: web.Request) -> web.Response:
    """Ask once that a steward looks again.

    Raises:
        TooManyRequests: twenty in a day.
    """
    now, fields = datetime.now(UTC), await read_form(request)
    found = await require_whole_pass(request)
    number = int(request.match_info["id"])
    words = fields.text(f"words_{number}")
    await count_attempt(request.app[POOL], ASKS, str(found.account.id), now=now)
    try:
        async with transaction(request.app[POOL]) as tx:
            await ask_to_look(tx, found.account.actor_id, number, words, now=now)
    except Unprocessable as error:
        form = Form({f"words_{number}": words}, (Problem.told_by(error, f"words_{number}"),))
        return await _page(request, found, form, status=422)
    return see_other(HERE)


@routes.post(f"{HERE}/end")
async def end(request: web.Request) -> web.Response:
    """Forget the pass in this browser."""
    response = see_other("/")
    end_pass(request, response)
    return response


async def _page(
    request: web.Request, found: ShutOutPass, form: Form, *, status: int = 200
) -> web.Response:
    now, actor_id = datetime.now(UTC), found.account.actor_id
    async with request.app[POOL].acquire() as conn:
        reviewed = await looks_store.list_reviewed(
            conn, actor_id, Page(limit=1), acts=[Act.SUSPEND]
        )
        stewards = await list_stewards(conn)
        contact = await find_contact(conn)
    page = render(
        request,
        "moderation/shut-out.html",
        status=status,
        form=form,
        reviewed=reviewed[0] if reviewed else None,
        may_ask=bool(reviewed) and reviewed[0].may_ask(now),
        is_whole=found.is_whole,
        stewards=stewards,
        contact=contact,
        outcomes=OUTCOMES,
        most=MAX_WORDS,
    )
    page.headers["Cache-Control"] = "no-store"  # for one person, whom no session names
    return page
