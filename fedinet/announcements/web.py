"""Pages of announcements: stewards write, change and end them; members put them away."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from fedinet.actors.store import find_actors
from fedinet.announcements import commands, store
from fedinet.announcements.model import MAX_CHARACTERS, Wish, read_wish
from fedinet.db.pool import transaction
from fedinet.http.apps import ID, row_id
from fedinet.http.auth import require_member, require_steward
from fedinet.http.context import POOL, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.paging import older_address, read_page
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.http.zones import zone_of_reader
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import Problem

routes = web.RouteTableDef()
PATH: Final = "/admin/announcements"
_FIELDS: Final = ("text", "begins", "ends")
_MOST_NAMES: Final = 500


@routes.get(PATH)
async def list_announcements(request: web.Request) -> web.Response:
    """What is, was and will be announced, the form to write another, and who reads."""
    require_steward(request)
    return await _list(request, EMPTY_FORM)


@routes.post(PATH)
async def write(request: web.Request) -> web.Response:
    found, now = require_steward(request), datetime.now(UTC)
    form = _form(await read_form(request))
    wish, problems = _read(request, form, now)
    if problems:
        return await _list(request, form.with_problems(problems), status=422)
    async with transaction(request.app[POOL]) as tx:
        await commands.write(tx, request.app[URIS], found.actor_id, wish)
    return see_other(f"{PATH}?saved=1")


@routes.get(PATH + "/" + ID)
async def show(request: web.Request) -> web.Response:
    """One, to be changed or ended, and who has not read it."""
    require_steward(request)
    return await _one(request, None)


@routes.post(PATH + "/" + ID)
async def change(request: web.Request) -> web.Response:
    """Save it anew, or end it."""
    require_steward(request)
    fields, number = await read_form(request), row_id(request)
    form = _form(fields)
    match fields.text("do"):
        case "end":
            async with transaction(request.app[POOL]) as tx:
                await commands.end(tx, number)
        case "save":
            wish, problems = _read(request, form, datetime.now(UTC))
            if problems:
                return await _one(request, form.with_problems(problems), status=422)
            async with transaction(request.app[POOL]) as tx:
                await commands.change(tx, request.app[URIS], number, wish)
        case other:
            raise Unprocessable(f"no such act on announcements: {other[:40]!r}")
    return see_other(f"{PATH}/{number}?saved=1")


@routes.post("/announcements/" + ID + "/read")
async def put_away(request: web.Request) -> web.Response:
    """A member has read it."""
    found = require_member(request)
    async with transaction(request.app[POOL]) as tx:
        await commands.mark_read(tx, row_id(request), found.actor_id)
    return see_other("/")


async def _list(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    page = read_page(request)
    async with request.app[POOL].acquire() as conn:
        listed = await store.list_announcements(conn, page)
        members = await store.count_members(conn)
    return render(
        request,
        "announcements/announcements.html",
        status=status,
        form=form,
        listed=listed,
        members=members,
        now=datetime.now(UTC),
        most=MAX_CHARACTERS,
        older=older_address(request, page, [one.id for one, _ in listed]),
        saved="saved" in request.query,
    )


async def _one(request: web.Request, form: Form | None, *, status: int = 200) -> web.Response:
    now, zone = datetime.now(UTC), zone_of_reader(request)
    async with request.app[POOL].acquire() as conn:
        counted = await store.find_counted(conn, row_id(request))
        if counted is None:
            raise NotFound(f"no announcement {row_id(request)}")
        one, readers, members = counted
        one = await commands.with_emojis(conn, request.app[URIS], one)
        reactions = await store.list_reactions(conn, None, [one.id])
        names: list[ActorId] = []
        if one.published_at <= now:
            names = await store.list_unread_by(conn, one.id, most=_MOST_NAMES)
        people = await find_actors(conn, [*names, *([one.written_by] if one.written_by else [])])
    return render(
        request,
        "announcements/announcement.html",
        status=status,
        form=form
        or Form(
            {
                "text": one.source,
                "begins": _typed(one.published_at if one.waits(now) else None, zone),
                "ends": _typed(one.ended_at, zone),
            }
        ),
        one=one,
        writer=None if one.written_by is None else people.get(one.written_by),
        unread=[people[number] for number in names if number in people],
        readers=readers,
        members=members,
        reactions=reactions.get(one.id, ()),
        now=now,
        most=MAX_CHARACTERS,
        saved="saved" in request.query,
    )


def _read(request: web.Request, form: Form, now: datetime) -> tuple[Wish, tuple[Problem, ...]]:
    typed = (form.value(field) for field in _FIELDS)
    return read_wish(*typed, zone=zone_of_reader(request), now=now)


def _form(fields: Params) -> Form:
    return Form({field: fields.text(field) for field in _FIELDS})


def _typed(at: datetime | None, zone: ZoneInfo) -> str:
    """As the field for a day and time wants it, on this clock."""
    return "" if at is None else f"{at.astimezone(zone):%Y-%m-%dT%H:%M}"
