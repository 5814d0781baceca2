"""Pages: one's e-mail address, and the link that confirms it."""

from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.accounts import addresses, links_store, store
from fedinet.accounts.addresses import DeadLink
from fedinet.accounts.confirming import ask
from fedinet.accounts.links_store import Purpose
from fedinet.accounts.model import Account
from fedinet.accounts.sign_in import check_own_password
from fedinet.db.pool import transaction
from fedinet.http.auth import require_member
from fedinet.http.context import BOX, POLICY, POOL, SETTINGS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.limits import Limit, count_attempt
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import safe_next, see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import Invalid, Problem
from fedinet.mail.commands import write_mail
from fedinet.mail.model import MAY_BE_LEFT, MailKind, Topic, check_email
from fedinet.mail.server import sends_mail
from fedinet.mail.stopping import stops_of, write_again
from fedinet.mail.words import TOPIC_WORDS
from fedinet.policy.signing_up import check_sign_up

routes = web.RouteTableDef()

_HERE = "/settings/email"
_REVIVED: Final = Limit("revive-address", 3, timedelta(days=1))


@routes.get(_HERE)
async def show_email(request: web.Request) -> web.Response:
    """The address, whether it is confirmed, and which other waits."""
    return await _page(request, await _me(request), None)


@routes.post(_HERE)
async def change_email(request: web.Request) -> web.Response:
    """Ask for another address, send the link again, forget what waits, or end what stops mail.

    ``next``: the page of ours from which somebody came, where that is another.
    """
    me, now = await _me(request), datetime.now(UTC)
    fields = await read_form(request)
    match fields.text("do"):
        case "change":
            form = await _change(request, me, fields, now)
            if form is not None:
                return await _page(request, me, form, status=422)
        case "again":
            email = await waiting_of(request, me, now)
            if email:
                await ask(request, me, email, now=now)
        case "forget":
            await links_store.delete_link(request.app[POOL], me.id, Purpose.CONFIRM_EMAIL)
        case "revive":
            await _revive(request, me, now)
        case "resume":
            await _resume(request, me, fields.text("topic"))
        case other:
            raise Unprocessable(f"no such act on an address: {other[:40]!r}")
    return see_other(safe_next(fields.text("next"), f"{_HERE}?saved=1"))


@routes.get("/confirm-email")
async def show_confirm(request: web.Request) -> web.Response:
    """A button, since programs open links too: only a person presses it."""
    token = request.query.get("token", "")
    link = await links_store.find_link(
        request.app[POOL], token, Purpose.CONFIRM_EMAIL, now=datetime.now(UTC)
    )
    if link is None:
        return _confirmation(request, status=DeadLink.status)
    account = await store.get_account(request.app[POOL], link.account_id)
    return _confirmation(request, token=token, email=link.email, username=account.username)


@routes.post("/confirm-email")
async def confirm_email(request: web.Request) -> web.Response:
    """Use the link. It needs nobody to be signed in: the secret is in the link."""
    token = (await read_form(request)).text("token")
    try:
        async with transaction(request.app[POOL]) as tx:
            email = await addresses.confirm(tx, token, now=datetime.now(UTC))
            await write_again(tx, request.app[BOX], email)  # they read it
    except DeadLink as error:
        return _confirmation(request, status=error.status)
    except Invalid as error:
        return _confirmation(request, status=422, problem=error.problems[0])
    return _confirmation(request, email=email)


async def _revive(request: web.Request, me: Account, now: datetime) -> None:
    """Write again to an address that seemed dead, beginning with a message that says so."""
    if me.email is None:
        return
    await count_attempt(request.app[POOL], _REVIVED, str(me.id), now=now)
    async with transaction(request.app[POOL]) as tx:
        if await write_again(tx, request.app[BOX], me.email):
            await write_mail(tx, me.mailbox(me.email), MailKind.TEST, now=now)


async def _resume(request: web.Request, me: Account, topic: str) -> None:
    """Send a kind of message again that was stopped by its link."""
    if me.email is None or topic not in MAY_BE_LEFT:
        raise Unprocessable(f"no such kind of message: {topic[:40]!r}")
    async with transaction(request.app[POOL]) as tx:
        await write_again(tx, request.app[BOX], me.email, Topic(topic))


async def waiting_of(request: web.Request, me: Account, now: datetime) -> str:
    """Which address waits to be confirmed; ``""``: none."""
    link = await links_store.find_link_of(request.app[POOL], me.id, Purpose.CONFIRM_EMAIL, now=now)
    if link is not None:
        return link.email
    return "" if me.email is None or me.email_confirmed else me.email


async def _change(request: web.Request, me: Account, fields: Params, now: datetime) -> Form | None:
    """Do what the form wants; the form with what to put right, if there is something."""
    email = fields.text("email").strip()
    problems = check_email(email) if email else []
    if problems:
        return Form({"email": email}, tuple(problems))
    member, password = require_member(request), fields.text("current_password")
    try:
        await check_sign_up(request.app[POLICY].current, email or None, now=now)
        await check_own_password(request, member, password, field="current_password", now=now)
    except Invalid as error:
        return Form({"email": email}, error.problems)
    if not email:
        async with transaction(request.app[POOL]) as tx:
            await addresses.remove(tx, me.id, now=now)
    elif email != me.email or not me.email_confirmed:
        await ask(request, me, email, now=now)
    return None


async def _me(request: web.Request) -> Account:
    return await store.get_account(request.app[POOL], require_member(request).account_id)


async def _page(
    request: web.Request, me: Account, form: Form | None, *, status: int = 200
) -> web.Response:
    pool, box = request.app[POOL], request.app[BOX]
    stops = await stops_of(pool, box, me.email) if me.email else []
    return render(
        request,
        "accounts/settings-email.html",
        status=status,
        form=form or Form({"email": me.email or ""}),
        saved="saved" in request.query,
        account=me,
        dead=next((stop for stop in stops if stop.topic is None), None),
        stopped=[(stop.topic, TOPIC_WORDS[stop.topic]) for stop in stops if stop.topic],
        waiting=await waiting_of(request, me, datetime.now(UTC)),
        sends_mail=await sends_mail(request.app[POOL], request.app[SETTINGS]),
    )


def _confirmation(
    request: web.Request,
    *,
    status: int = 200,
    token: str = "",
    email: str = "",
    username: str = "",
    problem: Problem | None = None,
) -> web.Response:
    """Ask (a token), say that it is done (an address alone), or that the link is dead."""
    return render(
        request,
        "accounts/confirm-email.html",
        status=status,
        form=EMPTY_FORM,
        token=token,
        email=email,
        username=username,
        problem=problem,
    )
