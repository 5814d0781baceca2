"""Pages: signing in by a link in a message."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.accounts.context import SHOW_OUT
from fedinet.accounts.model import check_text
from fedinet.accounts.sign_in import ShutOut, plain_login
from fedinet.db.pool import transaction
from fedinet.http.clients import client_address, limit_key
from fedinet.http.context import BOX, NODE, POOL, SETTINGS, URIS
from fedinet.http.cookies import mailed_cookie, read_cookie, set_cookie
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.limits import Limit, count_attempt
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import safe_next, see_other
from fedinet.kernel.errors import Gone, NotFound
from fedinet.mail.server import sends_mail
from fedinet.security.door import enter, find_open
from fedinet.security.mailed import LIVES, OPEN_PAGE, ask_for_link
from fedinet.security.mailed_store import find_mailed, use_mailed

routes = web.RouteTableDef()

_HERE: Final = "/sign-in/mail"
_ASKED: Final = Limit("mailed-sign-in", 10, timedelta(hours=1))
_OPENED: Final = Limit("mailed-sign-in-open", 30, timedelta(hours=1))


@routes.get(_HERE)
async def show_asking(request: web.Request) -> web.Response:
    """The form; where no mail is sent, how else one gets in."""
    await _refuse_where_closed(request)
    return await _asking(request, EMPTY_FORM)


@routes.post(_HERE)
async def ask(request: web.Request) -> web.Response:
    """Promise to look, and mark this browser. The answer is the same for every name."""
    await _refuse_where_closed(request)
    now, pool, settings = datetime.now(UTC), request.app[POOL], request.app[SETTINGS]
    await count_attempt(pool, _ASKED, limit_key(client_address(request)), now=now)
    fields = await read_form(request)
    login = plain_login(fields.text("login"), settings.account_domain)
    problems = check_text("login", login, most=254, required=True)
    if problems:
        return await _asking(request, Form(problems=tuple(problems)), status=422)
    browser, there = _browser(request) or secrets.token_urlsafe(32), fields.text("next")
    if await sends_mail(pool, settings):
        async with transaction(pool) as tx:
            await ask_for_link(
                tx, login, browser, there=safe_next(there, "/"), box=request.app[BOX]
            )
    response = see_other(f"{_HERE}?sent=1")
    origin, age_s = request.app[URIS].origin, int(LIVES.total_seconds())
    set_cookie(response, origin, mailed_cookie(origin), browser, max_age_s=age_s)
    return response


@routes.get(OPEN_PAGE)
async def show_open(request: web.Request) -> web.Response:
    """A button, since programs open links too; in another browser what to do."""
    await _refuse_where_closed(request)
    token = request.query.get("token", "")
    found = await find_mailed(request.app[POOL], token, _browser(request), now=datetime.now(UTC))
    if found is None:
        return _opening(request, "dead", status=Gone.status)
    return _opening(request, "here" if found.is_here else "elsewhere", token=token)


@routes.post(OPEN_PAGE)
async def open_link(request: web.Request) -> web.Response:
    """Use the link in the browser that asked for it. A second step is asked for all the same.

    Who is suspended is led to why.
    """
    await _refuse_where_closed(request)
    now, pool = datetime.now(UTC), request.app[POOL]
    await count_attempt(pool, _OPENED, limit_key(client_address(request)), now=now)
    fields = await read_form(request)
    token, browser = fields.text("token"), _browser(request)
    found = await find_mailed(pool, token, browser, now=now)
    if found is not None and not found.is_here:
        return _opening(request, "elsewhere")
    async with transaction(pool) as tx:
        is_first = found is not None and await use_mailed(tx, token, browser)
    if found is None or not is_first:
        return _opening(request, "dead", status=Gone.status)
    try:
        account = await find_open(request, found.account_id)
    except ShutOut as shut:
        return await request.app[SHOW_OUT](request, shut.account_id, is_whole=False, now=now)
    if account is None:
        return _opening(request, "dead", status=Gone.status)
    stay = fields.flag("stay")
    return await enter(request, account.id, there=found.there, stay=stay, now=now)


async def _refuse_where_closed(request: web.Request) -> None:
    if not (await request.app[NODE].get()).mailed_sign_in:
        raise NotFound("the stewards have switched signing in by mail off")


def _browser(request: web.Request) -> str:
    return read_cookie(request, mailed_cookie(request.app[URIS].origin)) or ""


async def _asking(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    return render(
        request,
        "security/mailed.html",
        status=status,
        form=form,
        there=safe_next(request.query.get("next"), "/"),
        sent="sent" in request.query,
        sends_mail=await sends_mail(request.app[POOL], request.app[SETTINGS]),
    )


def _opening(
    request: web.Request, state: str, *, token: str = "", status: int = 200
) -> web.Response:
    """``state``: here, elsewhere (another browser) or dead."""
    return render(
        request, "security/mailed-open.html", status=status, form=EMPTY_FORM, state=state,
        token=token,
    )  # fmt: skip
