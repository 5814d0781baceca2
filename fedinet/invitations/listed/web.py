"""The stewards' pages: inviting people from a list, and where each of them stands."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.accounts.model import tidy
from fedinet.db.pool import transaction
from fedinet.http.auth import require_steward
from fedinet.http.context import BOX, NODE, POLICY, POOL, SETTINGS, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.fresh import ask_again
from fedinet.http.i18n import languages, pick_language
from fedinet.http.pages import render
from fedinet.http.paging import older_address, read_page
from fedinet.http.params import Params, read_form
from fedinet.http.qr import qr_code
from fedinet.http.redirects import see_other
from fedinet.http.resume import RESUME
from fedinet.invitations.listed import commands, store
from fedinet.invitations.listed.commands import Inviting
from fedinet.invitations.listed.model import (
    LIVES,
    MAX_BYTES,
    MAX_GREETING,
    MAX_PEOPLE,
    REACHABLE,
    Preview,
    Reading,
    Standing,
    check_greeting,
    domains_of,
)
from fedinet.invitations.listed.reading import decode_list, read_list, write_list
from fedinet.kernel.errors import FedinetError, Unprocessable
from fedinet.kernel.problems import N_, Problem
from fedinet.mail.server import sends_mail
from fedinet.policy.signing_up import refused_domains

routes = web.RouteTableDef()

PATH: Final = "/admin/invitations"
LIST: Final = "/admin/invitations/list"
_PAGE: Final = 50
_SHOWN: Final = 200
"""Lines of each kind on the preview; the others are counted."""


@routes.get(PATH)
async def show_invited(request: web.Request) -> web.Response:
    """Everybody who was invited from a list, the last first, and where they stand."""
    require_steward(request)
    return await _invited(request)


@routes.post(PATH)
async def act_on_invited(request: web.Request) -> web.Response:
    """Send one of them again, take it back, or show its link."""
    me, now = require_steward(request), datetime.now(UTC)
    fields = await read_form(request)
    person_id = fields.integer("id") or 0
    async with transaction(request.app[POOL]) as tx:
        match fields.text("do"):
            case "again":
                await commands.send_again(tx, person_id, box=request.app[BOX], now=now)
            case "withdraw":
                await commands.withdraw(tx, person_id, now=now)
            case "link":
                handed = await commands.hand_over(
                    tx, person_id, role=me.role, box=request.app[BOX], now=now
                )
                if handed.person.role != "member":
                    asked = await ask_again(request, PATH, now=now)
                    if asked is not None:
                        return asked
                link = f"{request.app[URIS].origin}/join?code={handed.token}"
                return render(
                    request,
                    "invitations/listed/link.html",
                    guest=handed.person,
                    link=link,
                    picture=qr_code(link),
                )
            case other:
                raise Unprocessable(f"no such act on an invitation: {other[:40]!r}")
    return see_other(f"{PATH}?saved=1")


@routes.get(LIST)
async def show_list_form(request: web.Request) -> web.Response:
    """Where a list is uploaded or pasted."""
    require_steward(request)
    return _form(request, EMPTY_FORM)


@routes.post(LIST)
async def take_list(request: web.Request) -> web.Response:
    """Say what a list would do; with ``do=invite``, do it to those who are still new.

    A list that gives roles asks for a fresh sign-in, as giving somebody a role does.
    """
    me = require_steward(request)
    fields = await read_form(request)
    form = _typed(fields)
    try:
        greeting, language = tidy(form.value("greeting")), form.value("language")
        problems = check_greeting(greeting)
        if language not in languages():
            problems.append(Problem("language", N_("Please choose one of the languages.")))
        reading = await _read(fields)
    except FedinetError as error:
        return _form(request, form.with_problems([Problem.told_by(error, "file")]), status=422)
    if problems:
        return _form(request, form.with_problems(problems), status=422)
    now = datetime.now(UTC)
    if any(guest.role != "member" for guest in reading.guests):
        asked = await ask_again(request, LIST, now=now)
        if asked is not None:
            return asked
    how = Inviting(by=me.account_id, role=me.role, now=now, greeting=greeting, language=language)
    refused = await refused_domains(
        request.app[POLICY].current, domains_of(reading.guests), now=now
    )
    async with transaction(request.app[POOL]) as tx:
        ahead = await commands.look_ahead(
            tx, reading, role=me.role, box=request.app[BOX], now=now, refused=refused
        )
        if fields.text("do") == "invite":
            invited = await commands.invite_listed(tx, ahead.new, how, box=request.app[BOX])
            return see_other(f"{PATH}?invited={invited}")
    return await _preview(request, ahead, how)


@routes.post(LIST + RESUME)
async def resume_list(request: web.Request) -> web.Response:
    """Show a list that was pasted; nobody is invited yet."""
    require_steward(request)
    return _form(request, _typed(await read_form(request)), is_resumed=True)


def _typed(fields: Params) -> Form:
    return Form({name: fields.text(name) for name in ("pasted", "greeting", "language")})


async def _read(fields: Params) -> Reading:
    """Read what was uploaded, else what was pasted. Large lists cost time: not in the loop."""
    file = fields.file("file")
    if file is None:
        return await asyncio.to_thread(read_list, fields.text("pasted"))
    raw = await asyncio.to_thread(file.file.read, MAX_BYTES + 1)
    return await asyncio.to_thread(lambda: read_list(decode_list(raw)))


def _form(
    request: web.Request, form: Form, *, status: int = 200, is_resumed: bool = False
) -> web.Response:
    node = request.app[NODE].last_known
    return render(
        request,
        "invitations/listed/list.html",
        status=status,
        form=form,
        is_resumed=is_resumed,
        languages=list(languages().items()),
        language=pick_language(None, "", "" if node is None else node.language),
        most_people=MAX_PEOPLE,
        most_greeting=MAX_GREETING,
        days=LIVES.days,
    )


async def _preview(request: web.Request, ahead: Preview, how: Inviting) -> web.Response:
    left_out = (
        (N_("Is a member already"), ahead.members),
        (N_("Has an invitation that still works"), ahead.invited),
        (N_("Asked not to be written to"), ahead.unwilling),
    )
    return render(
        request,
        "invitations/listed/preview.html",
        ahead=ahead,
        left_out=[(why, guests) for why, guests in left_out if guests],
        greeting=how.greeting,
        language=how.language,
        languages=languages(),
        carried=write_list(ahead.new),
        shown=_SHOWN,
        days=LIVES.days,
        sends_mail=await sends_mail(request.app[POOL], request.app[SETTINGS]),
    )


async def _invited(request: web.Request) -> web.Response:
    page, now = read_page(request, default=_PAGE, most=_PAGE), datetime.now(UTC)
    async with request.app[POOL].acquire() as conn:
        people = await store.list_listed(conn, page)
        counts = await store.count_listed(conn, now=now)
    invited = request.query.get("invited", "")
    return render(
        request,
        "invitations/listed/invited.html",
        people=[(person, person.standing(now)) for person in people],
        counts=[(standing, counts[standing]) for standing in Standing if standing in counts],
        reachable=REACHABLE,
        older=older_address(request, page, [person.id for person in people]),
        saved="saved" in request.query,
        invited=int(invited)
        if invited.isascii() and invited.isdigit() and len(invited) < 5
        else None,
        sends_mail=await sends_mail(request.app[POOL], request.app[SETTINGS]),
    )
