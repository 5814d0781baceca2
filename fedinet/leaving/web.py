"""Settings: taking one's data along, and leaving."""

from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.accounts.sign_in import check_own_password
from fedinet.accounts.sign_out import sign_out_everywhere
from fedinet.accounts.store import get_account
from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.http.auth import Member, require_member
from fedinet.http.browser import current_session
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.i18n import catalogue
from fedinet.http.limits import Limit, count_attempt
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import AccountId
from fedinet.kernel.problems import N_, Invalid, Problem, problems_of
from fedinet.leaving import commands
from fedinet.leaving.archive import Archive
from fedinet.leaving.store import find_departure
from fedinet.leaving.zipping import send_zip
from fedinet.media.context import LIBRARY

routes = web.RouteTableDef()
_ARCHIVES: Final = Limit("archive", 10, timedelta(days=1))

_README: Final = N_("""This is everything you put into the community, as it was on the day above.

actor.json     your profile
settings.json  your settings, filters, notes about people and recommendations
outbox.json    what you posted, for whomever it was, and what you shared
likes.json     addresses of the posts you thanked for
media          your pictures, films and sounds
*.csv          whom you follow, who follows you, your lists, what you saved, whom you keep away:
               other servers take these files in

The files are text; any program for texts opens them. What others wrote is theirs, and not here.""")


@routes.get("/settings/leaving")
async def show_leaving(request: web.Request) -> web.Response:
    """Take the archive along; leave; stay after all."""
    return await _page(request, require_member(request), EMPTY_FORM)


@routes.post("/settings/leaving/archive")
async def send_archive(request: web.Request) -> web.StreamResponse:
    """Send everything of the member as one ZIP file, made while it is sent.

    Raises:
        TooManyRequests: ten in a day.
    """
    member = require_member(request)
    fields = await read_form(request)
    now = datetime.now(UTC)
    try:
        typed = fields.text("archive_password")
        await check_own_password(request, member, typed, field="archive_password", now=now)
    except Invalid as error:
        return await _page(request, member, Form(problems=error.problems), status=422)
    return await send_archive_of(request, member.account_id, language=member.language)


async def send_archive_of(
    request: web.Request, account_id: AccountId, *, language: str
) -> web.StreamResponse:
    """Send the archive of an account to who proved that it is theirs.

    Raises:
        TooManyRequests: ten in a day.
    """
    pool, now = request.app[POOL], datetime.now(UTC)
    await count_attempt(pool, _ARCHIVES, str(account_id), now=now)
    async with pool.acquire() as conn:
        account = await get_account(conn, account_id)
        actor = await get_actor(conn, account.actor_id)
    archive = Archive(
        pool=pool,
        store=request.app[LIBRARY].files,
        actor=actor,
        account=account,
        readme=f"{now:%Y-%m-%d}\n\n{catalogue(language).gettext(_README)}\n",
    )
    folder = f"{actor.username}-{actor.domain.replace(':', '-')}-{now:%Y-%m-%d}"
    response = web.StreamResponse(
        headers={
            "Content-Type": "application/zip",
            "Content-Disposition": f'attachment; filename="{folder}.zip"',
            "Cache-Control": "no-store",
        }
    )
    await response.prepare(request)
    await send_zip(archive.files(), response.write, folder=folder)
    await response.write_eof()
    return response


@routes.post("/settings/leaving")
async def leave_or_stay(request: web.Request) -> web.Response:
    """Ask to leave, with the password and one's name typed; or stay."""
    member = require_member(request)
    fields = await read_form(request)
    now = datetime.now(UTC)
    match fields.text("do"):
        case "stay":
            async with transaction(request.app[POOL]) as tx:
                await commands.stay(tx, member.actor_id)
            return see_other("/settings/leaving?saved=1")
        case "leave":
            return await _leave(request, member, fields.text("password"), fields.text("name"), now)
        case other:
            raise Unprocessable(f"no such act on leaving: {other[:40]!r}")


async def _leave(
    request: web.Request, member: Member, password: str, name: str, now: datetime
) -> web.Response:
    try:
        _check_name(member, name)
        await check_own_password(request, member, password, now=now)
        async with transaction(request.app[POOL]) as tx:
            account = await get_account(tx, member.account_id)
            await commands.ask_to_leave(tx, account, now=now)
            await sign_out_everywhere(tx, member.account_id, but_not=current_session(request))
    except (Invalid, commands.LastOwner) as error:
        form = Form({"name": name}, problems_of(error, "name"))
        return await _page(request, member, form, status=422)
    return see_other("/settings/leaving")


def _check_name(member: Member, typed: str) -> None:
    if typed.strip().lstrip("@").lower() != member.username.lower():
        raise Invalid(Problem("name", N_("Please type your name here, as it stands above.")))


async def _page(
    request: web.Request, member: Member, form: Form, *, status: int = 200
) -> web.Response:
    return render(
        request,
        "leaving/settings-leaving.html",
        status=status,
        form=form,
        saved="saved" in request.query,
        departure=await find_departure(request.app[POOL], member.actor_id),
        username=member.username,
    )
