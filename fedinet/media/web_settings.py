"""Settings: one's own pictures, a face and a wide one above the profile."""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.accounts import commands as accounts
from fedinet.accounts.model import MAX_DESCRIPTION, check_text, tidy_lines
from fedinet.actors.model import ProfileChange
from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.http.auth import Member, require_member
from fedinet.http.context import POOL, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import safe_next, see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import N_, Problem
from fedinet.media.commands import drop_former_pictures
from fedinet.media.context import LIBRARY
from fedinet.media.faces import with_picture, without_picture
from fedinet.media.model import FORMATS, Kind, Media, Purpose

routes = web.RouteTableDef()
_PURPOSES: Final[tuple[Purpose, ...]] = ("avatar", "header")
_REMOVALS: Final[dict[str, Purpose]] = {f"remove-{kind}": kind for kind in _PURPOSES}
_NOTHING: Final = N_("Choose a picture first.")
_DESCRIPTIONS: Final = ("avatar_description", "header_description")
_ACCEPTED: Final = ",".join(
    sorted(known.media_type for known in FORMATS.values() if known.kind is Kind.PICTURE)
)


@routes.get("/settings/pictures")
async def show_pictures(request: web.Request) -> web.Response:
    """What others see of me, and fields to change it."""
    return await _page(request, require_member(request), EMPTY_FORM)


@routes.post("/settings/pictures")
async def save_pictures(request: web.Request) -> web.Response:
    """Take what was chosen, or take a picture away; followers elsewhere are told."""
    member = require_member(request)
    fields = await read_form(request)
    asked = fields.text("do")
    taken_away = _REMOVALS.get(asked)
    if taken_away is not None:
        async with transaction(request.app[POOL]) as tx:
            change, now = without_picture(taken_away), datetime.now(UTC)
            await accounts.update_profile(tx, member.actor_id, change, now=now)
            await drop_former_pictures(tx, [], owner_id=member.actor_id, purpose=taken_away)
        return see_other(safe_next(request.query.get("next"), "/settings/pictures?saved=1"))
    worn, problems = list[Media](), list[Problem]()
    for kind in _PURPOSES:
        file = fields.file(kind)
        if file is not None:
            try:
                worn.append(
                    await request.app[LIBRARY].upload(member.actor_id, file.file, purpose=kind)
                )
            except Unprocessable as error:
                problems.append(Problem.told_by(error, kind))
    change, wrong = await _described(request, member, fields)
    problems += wrong
    if not worn and change is None:
        problems = problems or [Problem("avatar", _NOTHING)]
        form = Form(_words(fields), tuple(problems))
        return await _page(request, member, form, status=422)
    change = change or ProfileChange()
    for media in worn:
        change = with_picture(change, media, str(request.app[URIS].origin))
    async with transaction(request.app[POOL]) as tx:
        await accounts.update_profile(tx, member.actor_id, change, now=datetime.now(UTC))
        await drop_former_pictures(tx, worn)
    if problems:
        form = Form(_words(fields), tuple(problems))
        return await _page(request, member, form, status=422)
    return see_other(safe_next(request.query.get("next"), "/settings/pictures?saved=1"))


def _words(fields: Params) -> dict[str, str]:
    return {name: fields.text(name) for name in _DESCRIPTIONS}


async def _described(
    request: web.Request, member: Member, fields: Params
) -> tuple[ProfileChange | None, list[Problem]]:
    """What is said anew of the pictures, those that come with it too; None: nothing."""
    avatar, header = (tidy_lines(fields.text(name)) for name in _DESCRIPTIONS)
    problems = check_text("avatar_description", avatar, most=MAX_DESCRIPTION)
    problems += check_text("header_description", header, most=MAX_DESCRIPTION)
    if problems:
        return None, problems
    async with request.app[POOL].acquire() as conn:
        now = (await get_actor(conn, member.actor_id)).presentation
    if (avatar, header) == (now.avatar_description, now.header_description):
        return None, []
    return ProfileChange(avatar_description=avatar, header_description=header), []


async def _page(
    request: web.Request, member: Member, form: Form, *, status: int = 200
) -> web.Response:
    async with request.app[POOL].acquire() as conn:
        actor = await get_actor(conn, member.actor_id)
    return render(
        request,
        "media/settings-pictures.html",
        status=status,
        form=form,
        actor=actor,
        accepted=_ACCEPTED,
        most=MAX_DESCRIPTION,
        saved="saved" in request.query,
        back=safe_next(request.query.get("next"), ""),
    )
