"""Pages of who reports much: all of theirs that is open, settled at once."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.actors.store import find_actors, get_actor
from fedinet.db.pool import transaction
from fedinet.db.query import Conn
from fedinet.http.auth import Member, require_steward
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import N_, Invalid, Problem, problems_of
from fedinet.moderation import reports_store
from fedinet.moderation.asking import acting
from fedinet.moderation.brief_store import Brief, list_briefs_by
from fedinet.moderation.model import MAX_NOTE, check_note
from fedinet.moderation.reporting import settle_together
from fedinet.moderation.web_people import ticked
from fedinet.moderation.words import CATEGORIES

routes = web.RouteTableDef()

_REPORTER: Final = r"/admin/reporters/{id:[0-9]{1,18}}"


@routes.get(_REPORTER)
async def show_reporter(request: web.Request) -> web.Response:
    """What somebody reported and is open, each ticked."""
    return await _page(request, require_steward(request), EMPTY_FORM)


@routes.post(_REPORTER)
async def settle(request: web.Request) -> web.Response:
    """Settle what is ticked, with one line of the record for each person whom it is about."""
    found, fields = require_steward(request), await read_form(request)
    try:
        await _settle(request, found, fields)
    except Unprocessable as error:
        named = [name for name in fields if name.startswith("also_")]
        values = {name: fields.text(name) for name in ("note", *named)}
        form = Form(values, problems_of(error, "note"))
        return await _page(request, found, form, status=error.status)
    return see_other(request.path)


async def _settle(request: web.Request, found: Member, fields: Params) -> None:
    note, chosen = check_note(fields.text("note")), ticked(fields, "also_")
    if not chosen:
        raise Invalid(Problem("note", N_("Tick at least one report")))
    by, now = acting(found), datetime.now(UTC)
    async with transaction(request.app[POOL]) as tx:
        about: dict[ActorId, list[int]] = {}
        await reports_store.lock_all(tx, chosen)
        for number, one in (await _open_by(tx, request, found)).items():
            if number in chosen:
                about.setdefault(one.target_id, []).append(number)
        for target_id in sorted(about):
            await settle_together(tx, about[target_id], by=by, now=now, note=note, of=target_id)


async def _open_by(conn: Conn, request: web.Request, found: Member) -> Mapping[int, Brief]:
    return await list_briefs_by(conn, found.viewer, ActorId(int(request.match_info["id"])))


async def _page(
    request: web.Request, found: Member, form: Form, *, status: int = 200
) -> web.Response:
    async with request.app[POOL].acquire() as conn:
        reporter = await get_actor(conn, ActorId(int(request.match_info["id"])))
        briefs = await _open_by(conn, request, found)
        people = await find_actors(conn, {one.target_id for one in briefs.values()})
    return render(
        request,
        "moderation/reporter.html",
        status=status,
        form=form,
        reporter=reporter,
        briefs=briefs,
        people=people,
        kinds=CATEGORIES,
        most_note=MAX_NOTE,
    )
