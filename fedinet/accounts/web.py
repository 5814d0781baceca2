"""Pages: sign in, sign out, the front page for visitors, and what this place is."""

from datetime import UTC, datetime

from aiohttp import web

from fedinet.accounts import store
from fedinet.accounts.context import ASKING, ENTER, SHOW_OUT
from fedinet.accounts.sign_in import ShutOut, TooManyGuesses, check_sign_in, sign_in_page
from fedinet.charter import store as charter
from fedinet.charter.contact_store import find_contact
from fedinet.charter.model import Kind
from fedinet.http.auth import member, require_member
from fedinet.http.browser import end_session
from fedinet.http.context import HOME, LATELY, NODE, POOL
from fedinet.http.forms import Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import safe_next, see_other
from fedinet.kernel.problems import N_, Problem

routes = web.RouteTableDef()
_SHOWN = 12
_WRONG = N_("This name and password do not belong together. Both are read exactly as typed.")


@routes.get("/")
async def front(request: web.Request) -> web.StreamResponse:
    """Home for members, where there is one; the landing page for visitors."""
    if member(request) is not None and HOME in request.app:
        return await request.app[HOME](request)
    pool = request.app[POOL]
    lately = await request.app[LATELY](request) if LATELY in request.app else ()
    faces = await store.list_faces(pool, shown=_SHOWN)
    return render(
        request,
        "accounts/landing.html",
        people=await store.count_accounts(pool),
        shown=faces.shown,
        stewards=faces.stewards,
        lately=lately,
        asking=await request.app[ASKING](pool),
    )


@routes.get("/about")
async def about(request: web.Request) -> web.Response:
    """What this place is, who looks after it, and what it does with what people write."""
    pool, today = request.app[POOL], datetime.now(UTC).date()
    texts = await charter.list_texts(pool, Kind.DESCRIPTION, Kind.TERMS, on=today)
    return render(
        request,
        "accounts/about.html",
        rules=await charter.list_rules(pool),
        description=texts[Kind.DESCRIPTION],
        terms=texts[Kind.TERMS],
        settled=await request.app[NODE].get(),
        people=await store.count_accounts(pool),
        stewards=await store.list_stewards(pool),
        contact=await find_contact(pool),
        asking=member(request) is None and await request.app[ASKING](pool),
    )


@routes.get("/sign-in")
async def show_sign_in(request: web.Request) -> web.Response:
    """The form; who is signed in goes on to where they wanted to be, unless asked ``again``."""
    there = safe_next(request.query.get("next"))
    if member(request) is not None and "again" not in request.query:
        return see_other(there)
    return await sign_in_page(request, there)


@routes.post("/sign-in")
async def sign_in(request: web.Request) -> web.Response:
    """Compare name and password, and open the door, which may ask for a second step."""
    now = datetime.now(UTC)
    fields = await read_form(request)
    login, password = fields.text("login"), fields.text("password")
    there = safe_next(fields.text("next"))
    typed = {"login": login, "stay": fields.text("stay")}
    try:
        account = await check_sign_in(request, login, password, now=now)
    except ShutOut as shut:
        return await request.app[SHOW_OUT](request, shut.account_id, is_whole=False, now=now)
    except TooManyGuesses as error:
        form, wait_s = Form(typed), error.retry_after_s
        return await sign_in_page(request, there, form, status=error.status, wait_s=wait_s)
    if account is None:
        form = Form(typed, (Problem("login", _WRONG),))
        return await sign_in_page(request, there, form, status=422)
    return await request.app[ENTER](
        request, account.id, there=there, stay=fields.flag("stay"), now=now
    )


@routes.get("/signed-in")
async def show_signed_in(request: web.Request) -> web.Response:
    """Where they end who signed in only to go on in another window."""
    require_member(request)
    return render(request, "accounts/signed-in.html")


@routes.post("/sign-out")
async def sign_out(request: web.Request) -> web.Response:
    """End this browser's session."""
    response = see_other("/")
    await end_session(request, response)
    return response
