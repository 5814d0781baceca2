"""Sign-in and apps: password, second step, browsers that are signed in, apps that act for me."""

from datetime import UTC, datetime

from aiohttp import web

from fedinet.accounts.model import check_password
from fedinet.accounts.passwords import PASSWORDS
from fedinet.accounts.resets import replace_password
from fedinet.accounts.sign_in import check_own_password
from fedinet.accounts.sign_out import sign_out_everywhere
from fedinet.db.pool import transaction
from fedinet.http.auth import Member, require_member
from fedinet.http.browser import begin_session, current_session, end_session
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.http.sessions import close_other_sessions, close_session_named, list_sessions
from fedinet.http.tokens import list_tokens, revoke_token
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import Invalid
from fedinet.mail.model import MailKind
from fedinet.mail.words import subject_of
from fedinet.security.notices import note
from fedinet.security.notices_store import list_notices, see_notices
from fedinet.security.passkey_store import list_passkeys
from fedinet.security.store import has_totp

routes = web.RouteTableDef()


@routes.get("/settings/security")
async def show_security(request: web.Request) -> web.Response:
    """Password, browsers that are signed in, apps that act for me."""
    return await _security(request, require_member(request), EMPTY_FORM)


@routes.post("/settings/password")
async def change_password(request: web.Request) -> web.Response:
    """Change the password; every other browser is signed out, this one gets a new session."""
    member = require_member(request)
    now = datetime.now(UTC)
    fields = await read_form(request)
    new = fields.text("password")
    problems = check_password(new, not_like=(member.username, member.name))
    if problems:
        return await _security(request, member, Form(problems=tuple(problems)), status=422)
    current = fields.text("current_password")
    try:
        await check_own_password(request, member, current, field="current_password", now=now)
    except Invalid as error:
        return await _security(request, member, Form(problems=error.problems), status=422)
    password_hash = await request.app[PASSWORDS].hash(new)
    response = see_other("/settings/security?saved=1")
    async with transaction(request.app[POOL]) as tx:
        await replace_password(tx, member.account_id, password_hash, now=now)
        await close_other_sessions(tx, member.account_id, "")
        await begin_session(request, tx, response, member.account_id, stay=True, now=now)
        await note(request, tx, member.account_id, MailKind.PASSWORD_CHANGED, now=now)
    return response


@routes.post("/settings/sessions")
async def end_sessions(request: web.Request) -> web.Response:
    """Sign out one browser, or all others and every app."""
    member = require_member(request)
    fields = await read_form(request)
    match fields.text("do"):
        case "one":
            await close_session_named(request.app[POOL], member.account_id, fields.text("key"))
        case "others":
            async with transaction(request.app[POOL]) as tx:
                await close_other_sessions(tx, member.account_id, current_session(request))
        case "everywhere":
            response = see_other("/sign-in")
            async with transaction(request.app[POOL]) as tx:
                await sign_out_everywhere(tx, member.account_id)
            await end_session(request, response)
            return response
        case other:
            raise Unprocessable(f"no such act on sessions: {other[:40]!r}")
    return see_other("/settings/security?saved=1")


@routes.post("/settings/notices")
async def answer_notices(request: web.Request) -> web.Response:
    """It was me: no page asks any more."""
    member = require_member(request)
    await see_notices(
        request.app[POOL], member.account_id, current_session(request), now=datetime.now(UTC)
    )
    return see_other("/settings/security")


@routes.post("/settings/tokens")
async def end_token(request: web.Request) -> web.Response:
    """Take an app its access."""
    member = require_member(request)
    token_id = (await read_form(request)).integer("id")
    if token_id is not None:
        await revoke_token(request.app[POOL], member.account_id, token_id)
    return see_other("/settings/security?saved=1")


async def _security(
    request: web.Request, member: Member, form: Form, *, status: int = 200
) -> web.Response:
    async with request.app[POOL].acquire() as conn:
        sessions = await list_sessions(
            conn, member.account_id, current_session(request), now=datetime.now(UTC)
        )
        tokens = await list_tokens(conn, member.account_id)
        has_second_step = await has_totp(conn, member.account_id)
        passkeys = await list_passkeys(conn, member.account_id)
        notices = await list_notices(conn, member.account_id)
    return render(
        request,
        "security/settings.html",
        status=status,
        form=form,
        saved="saved" in request.query,
        sessions=sessions,
        tokens=tokens,
        has_second_step=has_second_step,
        passkeys=len(passkeys),
        notices=[(one, subject_of(one.kind)) for one in notices],
    )
