"""Pages: a forgotten password. The answer is the same whether or not there is such an account."""

from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.accounts import links_store, resets, store
from fedinet.accounts.addresses import DeadLink
from fedinet.accounts.links_store import Purpose
from fedinet.accounts.model import Account, check_password, check_text, logins_of
from fedinet.accounts.passwords import PASSWORDS
from fedinet.accounts.sign_in import OF_NAMES, plain_login
from fedinet.db.pool import transaction
from fedinet.http.browser import end_session
from fedinet.http.clients import client_address, limit_key
from fedinet.http.context import BOX, POOL, SETTINGS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.limits import Limit, count_attempt, forget_attempts
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.mail.server import sends_mail

routes = web.RouteTableDef()

_FORGOTTEN: Final = Limit("forgotten", 10, timedelta(hours=1))
_RESET: Final = Limit("reset", 30, timedelta(hours=1))


@routes.get("/forgot-password")
async def show_forgotten(request: web.Request) -> web.Response:
    """The form; where no mail is sent, whom to ask."""
    return await _forgotten(request, EMPTY_FORM)


@routes.post("/forgot-password")
async def forgotten(request: web.Request) -> web.Response:
    """Promise to look. What is found shows in the mailbox, and nowhere else."""
    now, pool, settings = datetime.now(UTC), request.app[POOL], request.app[SETTINGS]
    await count_attempt(pool, _FORGOTTEN, limit_key(client_address(request)), now=now)
    login = plain_login((await read_form(request)).text("login"), settings.account_domain)
    problems = check_text("login", login, most=254, required=True)
    if problems:
        return await _forgotten(request, Form(problems=tuple(problems)), status=422)
    if await sends_mail(pool, settings):
        async with transaction(pool) as tx:
            await resets.ask_for_reset(tx, login, box=request.app[BOX])
    return see_other("/forgot-password?sent=1")


@routes.get("/reset-password")
async def show_reset(request: web.Request) -> web.Response:
    """A form for the new password, where the link works. Opening it uses nothing up."""
    token = request.query.get("token", "")
    account = await _whose(request, token)
    if account is None:
        return _reset(request, EMPTY_FORM, status=DeadLink.status)
    return _reset(request, EMPTY_FORM, token=token, username=account.username)


@routes.post("/reset-password")
async def reset_password(request: web.Request) -> web.Response:
    """Set the new password, and forget wrong ones that were tried with that name.

    Nobody is signed in by it: a second step is still asked for.
    """
    now, pool = datetime.now(UTC), request.app[POOL]
    await count_attempt(pool, _RESET, limit_key(client_address(request)), now=now)
    fields = await read_form(request)
    token, new = fields.text("token"), fields.text("password")
    account = await _whose(request, token)
    if account is None:  # before the costly work
        return _reset(request, EMPTY_FORM, status=DeadLink.status)
    problems = check_password(new, not_like=(account.username, account.email or ""))
    if problems:
        form = Form(problems=tuple(problems))
        return _reset(request, form, token=token, username=account.username, status=422)
    password_hash = await request.app[PASSWORDS].hash(new)
    try:
        async with transaction(pool) as tx:
            await resets.reset(tx, token, password_hash, now=now)
            email = account.email if account.email_confirmed else None
            await forget_attempts(tx, OF_NAMES, logins_of(account.username, email))
    except DeadLink as error:
        return _reset(request, EMPTY_FORM, status=error.status)
    response = see_other("/sign-in?reset=1")
    await end_session(request, response)
    return response


async def _whose(request: web.Request, token: str) -> Account | None:
    pool = request.app[POOL]
    link = await links_store.find_link(pool, token, Purpose.RESET_PASSWORD, now=datetime.now(UTC))
    return None if link is None else await store.find_account(pool, link.account_id)


async def _forgotten(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    return render(
        request,
        "accounts/forgot-password.html",
        status=status,
        form=form,
        sent="sent" in request.query,
        sends_mail=await sends_mail(request.app[POOL], request.app[SETTINGS]),
        stewards=await store.list_stewards(request.app[POOL]),
    )


def _reset(
    request: web.Request, form: Form, *, token: str = "", username: str = "", status: int = 200
) -> web.Response:
    return render(
        request,
        "accounts/reset-password.html",
        status=status,
        form=form,
        token=token,
        username=username,
    )
