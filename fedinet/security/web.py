"""Pages: the code after the password, and the password once more."""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.accounts.sign_in import check_own_password
from fedinet.http.auth import require_member
from fedinet.http.browser import current_session
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.fresh import again_page
from fedinet.http.headers import with_script
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import safe_next, see_other, send_on
from fedinet.http.resume import RESUME, fields_to_carry
from fedinet.http.sessions import verify_session
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.security.door import enter_by_code, pending_token
from fedinet.security.passkey_store import list_passkeys
from fedinet.security.pending_store import find_pending

routes = web.RouteTableDef()
_WRONG: Final = N_("This code is not right, or was used before. Try the next one.")


@routes.get("/sign-in/code")
async def show_code(request: web.Request) -> web.Response:
    """Ask for the code; who gave no password yet is led back to it."""
    return await _code_page(request, EMPTY_FORM, datetime.now(UTC))


@routes.post("/sign-in/code")
async def give_code(request: web.Request) -> web.Response:
    """Compare the code, and begin the session that the password asked for."""
    now = datetime.now(UTC)
    fields = await read_form(request)
    response = await enter_by_code(request, fields.text("code"), now=now)
    if response is not None:
        return response
    form = Form(problems=(Problem("code", _WRONG),))
    return await _code_page(request, form, now, status=422)


@routes.get("/settings/again")
async def show_again(request: web.Request) -> web.Response:
    """Ask a member for the password once more."""
    require_member(request)
    return again_page(request, EMPTY_FORM, safe_next(request.query.get("next"), "/settings"))


@routes.post("/settings/again")
async def prove_again(request: web.Request) -> web.Response:
    """Compare the password; this browser may then change how one signs in, for a while."""
    me = require_member(request)
    now = datetime.now(UTC)
    fields = await read_form(request)
    there = safe_next(fields.text("next"), "/settings")
    password = fields.text("current_password")
    try:
        await check_own_password(request, me, password, field="current_password", now=now)
    except Invalid as error:
        carried = [one for one in fields_to_carry(fields.items()) if one[0] != "username"]
        return again_page(request, Form(problems=error.problems), there, carried, status=422)
    await verify_session(request.app[POOL], current_session(request), now=now)
    goes_on = there.partition("?")[0].endswith(RESUME)
    return send_on(there) if goes_on else see_other(there)


async def _code_page(
    request: web.Request, form: Form, now: datetime, *, status: int = 200
) -> web.Response:
    pending = await find_pending(request.app[POOL], pending_token(request), now=now)
    if pending is None:
        return see_other("/sign-in")  # which leads on who is signed in
    has_passkeys = bool(await list_passkeys(request.app[POOL], pending.account_id))
    page = render(
        request, "security/code.html", status=status, form=form, has_passkeys=has_passkeys
    )
    return with_script(request, page, "passkeys.js")
