"""Passkeys: adding, naming and removing them, and signing in with one."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from aiohttp import web

from fedinet.accounts.context import SHOW_OUT
from fedinet.accounts.model import tidy
from fedinet.accounts.sign_in import ShutOut, sign_in_page
from fedinet.db.pool import transaction
from fedinet.http.auth import Member, require_member
from fedinet.http.browser import this_browser
from fedinet.http.clients import client_address, limit_key
from fedinet.http.context import BOX, POOL, SETTINGS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.fresh import ask_again
from fedinet.http.headers import with_script
from fedinet.http.limits import Limit, count_attempt
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import safe_next, see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import N_, Problem
from fedinet.mail.model import MailKind
from fedinet.security import passkey_store as store
from fedinet.security.door import enter_by_passkey, pending_token, site_of
from fedinet.security.notices import tell
from fedinet.security.passkey_commands import add_passkey
from fedinet.security.passkeys import (
    MAX_NAME,
    MAX_PASSKEYS,
    options_to_add,
    options_to_enter,
)
from fedinet.security.pending_store import find_pending

routes = web.RouteTableDef()
_HERE: Final = "/settings/passkeys"
_ASKED: Final = Limit("passkey", 60, timedelta(minutes=10))
_REFUSED: Final = N_("This passkey does not open an account here. Sign in with your password.")
_NOT_ADDED: Final = N_("Your device’s answer did not fit. Try to add the passkey again.")


@routes.post("/sign-in/passkey/options")
async def ask_to_enter(request: web.Request) -> web.Response:
    """What the browser is asked for: any passkey of ours, or one of who gave the password."""
    now = datetime.now(UTC)
    pool = request.app[POOL]
    await count_attempt(pool, _ASKED, limit_key(client_address(request)), now=now)
    pending = await find_pending(pool, pending_token(request), now=now)
    account_id = None if pending is None else pending.account_id
    allowed = None
    if account_id is not None:
        allowed = [one.credential_id for one in await store.list_passkeys(pool, account_id)]
    challenge = await store.insert_challenge(
        pool,
        this_browser(request),
        "enter" if account_id is None else "second",
        account_id,
        now=now,
    )
    options = options_to_enter(await site_of(request), challenge, allowed=allowed)
    return web.Response(text=options, content_type="application/json")


@routes.post("/sign-in/passkey")
async def enter(request: web.Request) -> web.Response:
    """Let in whose passkey it is."""
    now = datetime.now(UTC)
    await count_attempt(request.app[POOL], _ASKED, limit_key(client_address(request)), now=now)
    fields = await read_form(request)
    there = safe_next(fields.text("next"))
    typed, stay = fields.text("credential"), fields.flag("stay")
    try:
        response = await enter_by_passkey(request, typed, there=there, stay=stay, now=now)
    except ShutOut as shut:
        return await request.app[SHOW_OUT](request, shut.account_id, is_whole=True, now=now)
    if response is not None:
        return response
    form = Form(problems=(Problem("login", _REFUSED),))
    return await sign_in_page(request, there, form, status=422)


@routes.get(_HERE)
async def show_passkeys(request: web.Request) -> web.Response:
    """The member's passkeys, and a form for another."""
    me = require_member(request)
    asked = await ask_again(request, _HERE, now=datetime.now(UTC))
    return asked or await _page(request, me, EMPTY_FORM)


@routes.post(f"{_HERE}/options")
async def ask_to_add(request: web.Request) -> web.Response:
    """What the browser is asked to make."""
    me = require_member(request)
    now = datetime.now(UTC)
    asked = await ask_again(request, _HERE, now=now)
    if asked is not None:
        return asked
    pool = request.app[POOL]
    await count_attempt(pool, _ASKED, f"member {me.account_id}", now=now)
    existing = await store.list_passkeys(pool, me.account_id)
    challenge = await store.insert_challenge(
        pool, this_browser(request), "add", me.account_id, now=now
    )
    options = options_to_add(
        await site_of(request),
        challenge,
        handle=sha256(request.app[BOX].lasting_tag(f"passkey:{me.account_id}").encode()).digest(),
        username=f"{me.username}@{request.app[SETTINGS].account_domain}",
        display_name=me.display_name,
        existing=[one.credential_id for one in existing],
    )
    return web.Response(text=options, content_type="application/json")


@routes.post(_HERE)
async def change_passkeys(request: web.Request) -> web.Response:
    """Add what the browser made, call one otherwise, or remove it."""
    me = require_member(request)
    now = datetime.now(UTC)
    fields = await read_form(request)
    asked = await ask_again(request, _HERE, now=now)
    if asked is not None:
        return asked
    name = tidy(fields.text("name"))[:MAX_NAME]
    passkey_id = fields.integer("id")
    site = await site_of(request)
    done = True
    async with transaction(request.app[POOL]) as tx:
        match fields.text("do"):
            case "add":
                done = await add_passkey(
                    tx,
                    me.account_id,
                    fields.text("credential"),
                    name or f"{now:%Y-%m-%d}",
                    browser=this_browser(request),
                    site=site,
                    now=now,
                )
                if done:
                    await tell(request, tx, me.account_id, MailKind.PASSKEY_ADDED, now=now)
            case "name" if passkey_id is not None and name:
                await store.rename_passkey(tx, me.account_id, passkey_id, name)
            case "remove" if passkey_id is not None:
                if await store.delete_passkey(tx, me.account_id, passkey_id):
                    await tell(request, tx, me.account_id, MailKind.PASSKEY_REMOVED, now=now)
            case other:
                raise Unprocessable(f"no such act on passkeys: {other[:40]!r}")
    if not done:
        problem = Problem("name", _NOT_ADDED)
        return await _page(request, me, Form({"name": name}, (problem,)), status=422)
    return see_other(f"{_HERE}?saved=1")


async def _page(request: web.Request, me: Member, form: Form, *, status: int = 200) -> web.Response:
    passkeys = await store.list_passkeys(request.app[POOL], me.account_id)
    page = render(
        request,
        "security/passkeys.html",
        status=status,
        form=form,
        saved="saved" in request.query,
        passkeys=passkeys,
        may_add=len(passkeys) < MAX_PASSKEYS,
        most_name=MAX_NAME,
    )
    return with_script(request, page, "passkeys.js")
