"""Pages: my invitations, and joining by one."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from aiohttp import web

from fedinet.accounts.context import ASKING, ENTER, house
from fedinet.accounts.model import MAX_NAME, tidy
from fedinet.accounts.newcomer import Newcomer, account_of, read_newcomer, suggest_username
from fedinet.accounts.passwords import PASSWORDS
from fedinet.accounts.sign_in import find_just_made
from fedinet.accounts.store import list_invited_by
from fedinet.actors.keys import generate_keys
from fedinet.actors.store import find_local_by_name
from fedinet.charter import store as charter
from fedinet.charter.model import Kind
from fedinet.db.pool import transaction
from fedinet.http.auth import Member, member, require_member
from fedinet.http.browser import current_session
from fedinet.http.clients import client_address, limit_key
from fedinet.http.context import NODE, POLICY, POOL, SETTINGS, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.limits import Limit, count_attempt, forgive_attempt
from fedinet.http.pages import language_of, render
from fedinet.http.paging import read_page
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.invitations import commands, store
from fedinet.invitations.commands import DeadInvitation
from fedinet.invitations.context import (
    ELSEWHERE,
    FIND_EXPECTED,
    HAS_PLACE,
    TAKE_PLACE,
    NoRoom,
)
from fedinet.invitations.listed import store as listed
from fedinet.invitations.listed.store import Opened
from fedinet.invitations.model import LIFETIMES, MAX_NOTE, QUOTA_DAYS, Expected, Host, most_uses
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import AccountId
from fedinet.kernel.problems import Invalid
from fedinet.policy.signing_up import check_sign_up

routes = web.RouteTableDef()
_PAGE: Final = 20
_MOST_CAME: Final = 100
_GUESSES: Final = Limit("invitation", 30, timedelta(minutes=10))


@routes.get("/invitations")
async def show_invitations(request: web.Request) -> web.Response:
    """What I sent out, and a form for another."""
    return await _list(request, require_member(request), EMPTY_FORM)


@routes.post("/invitations")
async def invite(request: web.Request) -> web.Response:
    """Make an invitation and show its link, this once; the same form again shows the same link."""
    me = require_member(request)
    now = datetime.now(UTC)
    fields = await read_form(request)
    token = _token(request, fields.text("once"))
    typed = {name: fields.text(name) for name in ("note", "max_uses", "lifetime")}
    try:
        max_uses = fields.integer("max_uses")
    except Unprocessable:
        max_uses = None
    try:
        async with transaction(request.app[POOL]) as tx:
            await commands.invite(
                tx,
                token,
                me.account_id,
                note=tidy(typed["note"]),
                max_uses=max_uses,
                lifetime=typed["lifetime"],
                is_steward=me.is_steward,
                quota=request.app[SETTINGS].member_invitations,
                now=now,
            )
    except Invalid as error:
        return await _list(request, me, Form(typed, error.problems), status=422)
    link = f"{request.app[URIS].origin}/join?code={token}"
    return await _list(request, me, EMPTY_FORM, link=link)


@routes.post("/invitations/revoke")
async def revoke(request: web.Request) -> web.Response:
    """Take an invitation back. Who came in by it stays."""
    me = require_member(request)
    invitation_id = (await read_form(request)).integer("id")
    if invitation_id is not None:
        await store.revoke_invitation(request.app[POOL], invitation_id, me.account_id)
    return see_other("/invitations")


@routes.get("/join")
async def show_join(request: web.Request) -> web.Response:
    """The form, where the link works; without a link how to get one."""
    code = request.query.get("code", "")
    if member(request) is not None:
        return see_other("/")
    if not code:
        asking = await request.app[ASKING](request.app[POOL])
        elsewhere = await request.app[ELSEWHERE](request)
        return render(request, "invitations/by-invitation.html", asking=asking, elsewhere=elsewhere)
    return await _join_form(request, EMPTY_FORM, code, now=datetime.now(UTC))


@routes.post("/join")
async def join(request: web.Request) -> web.Response:
    """Become a member, and be signed in."""
    now = datetime.now(UTC)
    fields = await read_form(request)
    code = fields.text("code")
    community = (await request.app[NODE].get()).name
    newcomer = read_newcomer(fields, not_like=(community,))
    form = Form({name: fields.text(name) for name in ("username", "your_name", "email")})
    if newcomer.problems:
        return await _join_form(
            request, form.with_problems(newcomer.problems), code, now=now, status=422
        )
    try:
        account_id = await _join(request, code, newcomer, now)
    except (Invalid, DeadInvitation, NoRoom) as error:
        again = await find_just_made(request, newcomer.username, newcomer.password, now=now)
        if again is None:
            problems = error.problems if isinstance(error, Invalid) else ()
            return await _join_form(
                request, form.with_problems(problems), code, now=now, status=422
            )
        account_id = again.id
    return await request.app[ENTER](request, account_id, there="/welcome", stay=False, now=now)


async def _join(request: web.Request, code: str, newcomer: Newcomer, now: datetime) -> AccountId:
    if (await _find_host(request, code, now))[0] is None:  # before the costly work
        raise DeadInvitation("sent with a dead link")
    await check_sign_up(request.app[POLICY].current, newcomer.email, now=now)
    guest = account_of(
        newcomer,
        await request.app[PASSWORDS].hash(newcomer.password),
        role="member",
        language=language_of(request),
    )
    keys = await generate_keys()
    async with transaction(request.app[POOL]) as tx:
        proven = await request.app[TAKE_PLACE](tx, code, now=now)
        return await commands.join(
            tx, code, guest, house=house(request), keys=keys, proven=proven, now=now
        )


async def _find_host(
    request: web.Request, code: str, now: datetime
) -> tuple[Host | None, Opened | None]:
    """Look the link up, and whose it is where it is somebody's own; only others are guesses."""
    pool = request.app[POOL]
    who = limit_key(client_address(request))
    await count_attempt(pool, _GUESSES, who, now=now)
    host = await store.find_host(pool, code, now=now)
    personal = None if host else await listed.find_listed(pool, code)
    if host is not None or personal is not None:
        await forgive_attempt(pool, _GUESSES, who, now=now)
    if personal is not None and personal.works(now):
        host = personal.host
    return host, personal


async def _join_form(
    request: web.Request, form: Form, code: str, *, now: datetime, status: int = 200
) -> web.Response:
    host, personal = await _find_host(request, code, now)
    if host is None:
        return render(
            request,
            "invitations/dead.html",
            status=DeadInvitation.status,
            personal=personal,
            standing=None if personal is None else personal.person.standing(now),
        )
    if not await request.app[HAS_PLACE](request.app[POOL], code, now=now):
        return see_other(f"/join/ask?code={quote(code)}")
    expected = host.expects or await request.app[FIND_EXPECTED](request.app[POOL], code, now=now)
    return render(
        request,
        "invitations/join.html",
        status=status,
        form=form,
        code=code,
        host=host,
        expected=expected,
        suggested=await _suggest_name(request, expected) if expected else "",
        rules=await charter.list_rules(request.app[POOL]),
        terms=await charter.find_text(request.app[POOL], Kind.TERMS, on=now.date()),
        account_domain=request.app[SETTINGS].account_domain,
        most_name=MAX_NAME,
    )


async def _suggest_name(request: web.Request, expected: Expected) -> str:
    """A name for addresses to start from, where nobody has it."""
    name = suggest_username(expected.name)
    async with request.app[POOL].acquire() as conn:
        return "" if name and await find_local_by_name(conn, name) else name


async def _list(
    request: web.Request, me: Member, form: Form, *, status: int = 200, link: str = ""
) -> web.Response:
    now = datetime.now(UTC)
    page = read_page(request, default=_PAGE)
    async with request.app[POOL].acquire() as conn:
        rows = await store.list_invitations(
            conn, me.account_id, before=page.max_id, limit=_PAGE + 1
        )
        came = await list_invited_by(conn, me.account_id, limit=_MOST_CAME)
        lately = await store.count_since(
            conn, me.account_id, since=now - timedelta(days=QUOTA_DAYS)
        )
    shown = rows[:_PAGE]
    return render(
        request,
        "invitations/invitations.html",
        status=status,
        form=form,
        link=link,
        invitations=[(invitation, invitation.is_open(now)) for invitation in shown],
        older=f"/invitations?max_id={shown[-1].id}" if len(rows) > _PAGE else "",
        came=came,
        left=None if me.is_steward else max(0, request.app[SETTINGS].member_invitations - lately),
        quota_days=QUOTA_DAYS,
        once=secrets.token_urlsafe(12),
        lifetimes=tuple(LIFETIMES),
        most_note=MAX_NOTE,
        most_uses=most_uses(is_steward=me.is_steward),
    )


def _token(request: web.Request, once: str) -> str:
    """The link's secret part, made of this session and the form's own number.

    So the same form sent twice makes one invitation, nothing has to be kept in
    between, and only who has the session's cookie can make it.
    """
    if not 8 <= len(once) <= 64 or not once.isascii():
        raise Unprocessable("invitation form without its number")
    digest = hmac.new(current_session(request).encode(), b"invitation:" + once.encode(), sha256)
    return urlsafe_b64encode(digest.digest()[:18]).decode()
