"""The stewards' pages about who asks to join: the list, and one request to be read."""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.accounts.model import tidy_lines
from fedinet.db.pool import transaction
from fedinet.http.auth import Member, require_steward
from fedinet.http.context import POOL, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.i18n import languages
from fedinet.http.pages import render
from fedinet.http.paging import read_page
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.joining import commands, places_store, readings_store, store, ways_store
from fedinet.joining.context import invitation_of, post_of
from fedinet.joining.model import MAX_NOTE, MAX_REASON, Reading, Says, Standing, needed_of
from fedinet.joining.words import STANDINGS
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.problems import problems_of

routes = web.RouteTableDef()
_PAGE: Final = 30
_ONE: Final = "/admin/joining/{id:[0-9]{1,18}}"
_READ: Final = (Standing.WAITING,)
_ALL: Final = tuple(one for one in Standing if one is not Standing.ASKED)


@routes.get("/admin/joining")
async def show_requests(request: web.Request) -> web.Response:
    """What waits to be read, newest first; ``?all=1`` also what was decided."""
    require_steward(request)
    page, whole = read_page(request, default=_PAGE), "all" in request.query
    pool, now = request.app[POOL], datetime.now(UTC)
    found = await store.list_requests(
        pool, _ALL if whole else _READ, before=page.max_id, limit=_PAGE + 1
    )
    shown = found[:_PAGE]
    older = ""
    if len(found) > _PAGE:
        kept = {"all": "1"} if whole else {}
        older = str(request.rel_url.with_query({**kept, "max_id": str(shown[-1].id)}))
    return render(
        request,
        "joining/requests.html",
        requests=shown,
        standings=STANDINGS,
        whole=whole,
        older=older,
        ways=await ways_store.get_ways(pool),
        room=await ways_store.read_room(pool, now=now),
    )


@routes.get(_ONE)
async def show_request(request: web.Request) -> web.Response:
    """One request, what other stewards said, and the way to say yes or no."""
    return await _one(request, require_steward(request), EMPTY_FORM)


@routes.post(_ONE)
async def read_request(request: web.Request) -> web.Response:
    """Say yes or no, or make the personal invitation anew."""
    me, fields = require_steward(request), await read_form(request)
    request_id, post = int(request.match_info["id"]), post_of(request)
    now = datetime.now(UTC)
    try:
        async with transaction(request.app[POOL]) as tx:
            if fields.text("do") == "link":
                await commands.invite_anew(tx, request_id, by=me.account_id, post=post, now=now)
            else:
                await commands.read(tx, request_id, _reading(me, fields, now), post=post)
    except Unprocessable as error:
        typed = {name: fields.text(name) for name in ("note", "reason")}
        form = Form(typed, problems_of(error, "reason"))
        return await _one(request, me, form, status=422)
    return see_other(f"/admin/joining/{request_id}")


def _reading(me: Member, fields: Params, now: datetime) -> Reading:
    says = fields.text("do")
    if says not in set(Says):
        raise Unprocessable(f"neither yes nor no: {says[:40]!r}")
    return Reading(
        account_id=me.account_id,
        says=Says(says),
        note=tidy_lines(fields.text("note")),
        reason=tidy_lines(fields.text("reason")),
        read_at=now,
    )


async def _one(request: web.Request, me: Member, form: Form, *, status: int = 200) -> web.Response:
    pool, request_id = request.app[POOL], int(request.match_info["id"])
    found = await store.find_request(pool, request_id)
    if found is None or found.standing is Standing.ASKED:
        raise NotFound(f"no request {request_id} to read")
    readings = await readings_store.list_readings(pool, request_id)
    mine = next((one for one in readings if one.account_id == me.account_id), None)
    readers, stewards = await ways_store.read_readers(pool)
    path, waits = invitation_of(request, found), found.standing is Standing.IN_LINE
    page = render(
        request,
        "joining/request.html",
        status=status,
        form=form,
        asked=found,
        standings=STANDINGS,
        written_in=languages().get(found.language, found.language),
        readings=readings,
        mine=mine,
        needed=needed_of(readers, stewards),
        place=await places_store.find_place(pool, found) if waits else 0,
        link=f"{request.app[URIS].origin}{path}" if path else "",
        most_note=MAX_NOTE,
        most_reason=MAX_REASON,
    )
    page.headers["Cache-Control"] = "no-store"
    return page
