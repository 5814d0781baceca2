"""Settings: a second step at sign-in, by codes of an app, and the recovery codes for losing it."""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web
from markupsafe import Markup

from fedinet.db.pool import transaction
from fedinet.http.auth import Member, require_member
from fedinet.http.context import BOX, NODE, POOL, SETTINGS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.fresh import ask_again
from fedinet.http.limits import count_attempt, forgive_attempt
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.http.qr import qr_code
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import Invalid
from fedinet.mail.model import MailKind
from fedinet.security import commands, store
from fedinet.security.door import CODES_BY_ACCOUNT
from fedinet.security.model import Totp, address_for_apps, spaced
from fedinet.security.notices import tell

routes = web.RouteTableDef()
_HERE: Final = "/settings/second-step"


@routes.get(_HERE)
async def show_second_step(request: web.Request) -> web.Response:
    """Whether it is on, and how to turn it on or off."""
    me = require_member(request)
    now = datetime.now(UTC)
    return await ask_again(request, _HERE, now=now) or await _page(request, me, EMPTY_FORM, now)


@routes.post(_HERE)
async def change_second_step(request: web.Request) -> web.Response:
    """Begin, confirm by a code, make new recovery codes, or turn it off."""
    me = require_member(request)
    now = datetime.now(UTC)
    fields = await read_form(request)
    asked = await ask_again(request, _HERE, now=now)
    if asked is not None:
        return asked
    pool, box = request.app[POOL], request.app[BOX]
    match fields.text("do"):
        case "begin":
            async with transaction(pool) as tx:
                await commands.begin(tx, me.account_id, box=box, now=now)
        case "confirm":
            return await _confirm(request, me, fields, now)
        case "codes":
            async with transaction(pool) as tx:
                codes = await commands.renew_codes(tx, me.account_id, box=box)
                if codes:
                    await tell(request, tx, me.account_id, MailKind.RECOVERY_CODES_MADE, now=now)
            return _codes_page(request, codes)
        case "off":
            async with transaction(pool) as tx:
                was_on = await commands.turn_off(tx, me.account_id)
                if was_on:
                    await tell(request, tx, me.account_id, MailKind.TOTP_REMOVED, now=now)
        case other:
            raise Unprocessable(f"no such act on the second step: {other[:40]!r}")
    return see_other(_HERE)


async def _confirm(request: web.Request, me: Member, fields: Params, now: datetime) -> web.Response:
    pool, who = request.app[POOL], str(me.account_id)
    await count_attempt(pool, CODES_BY_ACCOUNT, who, now=now)
    try:
        async with transaction(pool) as tx:
            codes = await commands.confirm(
                tx, me.account_id, fields.text("code"), box=request.app[BOX], now=now
            )
            if codes:
                await tell(request, tx, me.account_id, MailKind.TOTP_ADDED, now=now)
    except Invalid as error:
        return await _page(request, me, Form(problems=error.problems), now, status=422)
    await forgive_attempt(pool, CODES_BY_ACCOUNT, who, now=now)
    return _codes_page(request, codes)


async def _page(
    request: web.Request, me: Member, form: Form, now: datetime, *, status: int = 200
) -> web.Response:
    async with request.app[POOL].acquire() as conn:
        totp = await store.find_totp(conn, me.account_id, box=request.app[BOX], now=now)
        left = await store.count_recovery_codes(conn, me.account_id)
    waits = totp is not None and not totp.confirmed
    return render(
        request,
        "security/second-step.html",
        status=status,
        form=form,
        saved=False,
        is_on=totp is not None and totp.confirmed,
        key=spaced(totp.secret) if totp is not None and waits else "",
        picture=await _picture(request, me, totp) if totp is not None and waits else "",
        left=left,
    )


async def _picture(request: web.Request, me: Member, totp: Totp) -> Markup:
    """The QR code of the key."""
    address = address_for_apps(
        totp.secret,
        handle=f"{me.username}@{request.app[SETTINGS].account_domain}",
        community=(await request.app[NODE].get()).name,
    )
    return qr_code(address)


def _codes_page(request: web.Request, codes: tuple[str, ...]) -> web.Response:
    """Show new codes, this once; none were made where the step was turned on or off meanwhile."""
    if not codes:
        return see_other(_HERE)
    return render(request, "security/recovery-codes.html", saved=False, codes=codes)
