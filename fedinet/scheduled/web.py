"""Pages of what a member will publish later: see it, move it, publish it now, take it back.

Writing it anew is ``/write?scheduled=``.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.http.auth import Member, require_member
from fedinet.http.context import ACTORS, POOL, URIS
from fedinet.http.forms import Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.http.zones import zone_of_reader
from fedinet.kernel.errors import FedinetError, Forbidden, NotFound, Unprocessable
from fedinet.kernel.paging import Page
from fedinet.kernel.problems import N_, Problem
from fedinet.posts.context import ON_PUBLISHED
from fedinet.posts.later_form import (
    DATE,
    MOMENT,
    TIME,
    WHICH,
    read_typed,
    twice_on,
    typed_moment,
)
from fedinet.posts.local_store import find_remembered
from fedinet.posts.mentions import resolve_mentions
from fedinet.posts.write_page import number
from fedinet.scheduled import commands, store
from fedinet.scheduled.model import MAX_IN_ALL, NoRoom, ScheduledPost, is_the_day, why_not
from fedinet.scheduled.writing import PATH, shown_at

routes = web.RouteTableDef()
_ONE: Final = r"/scheduled/{id:[0-9]{1,18}}"
_NO_MOMENT: Final = N_("Say the day and the time at which it is to be published.")


@dataclass(frozen=True, slots=True)
class Line:
    """One that waits, and when on its writer's clock. ``is_twice``: that shows this hour twice."""

    post: ScheduledPost
    local: datetime
    is_twice: bool


@routes.get(PATH)
async def show_scheduled(request: web.Request) -> web.Response:
    """All of it, the next first; what could not be published stands above."""
    return await _list_page(request, require_member(request))


@routes.get(_ONE + "/time")
async def show_time(request: web.Request) -> web.Response:
    member = require_member(request)
    one = await _own(request, member)
    return _gone(request) if one is None else _time_page(request, one)


@routes.post(_ONE + "/time")
async def move(request: web.Request) -> web.Response:
    """Publish it at another time. The one that it has already changes nothing."""
    member = require_member(request)
    one, fields = await _own(request, member), await read_form(request)
    if one is None:
        return _gone(request)
    form, zone = Form({name: fields.text(name) for name in MOMENT}), zone_of_reader(request)
    before = None if one.has_failed else one.due_at
    due_at = read_typed(fields.text, zone, before=before)
    problem = Problem(DATE, _NO_MOMENT) if due_at is None else due_at
    if isinstance(problem, datetime) and problem != before:
        problem = await _move(request, member, one, problem)
    if isinstance(problem, Problem):
        return _time_page(request, one, form.with_problems([problem]))
    return see_other(shown_at(one))


@routes.post(_ONE + "/publish")
async def publish(request: web.Request) -> web.Response:
    """Publish it now. A second click is told what became of it."""
    member = require_member(request)
    scheduled_id = int(request.match_info["id"])
    waiting = await _own(request, member)
    if waiting is None:
        return _gone(request)
    mentioned = await resolve_mentions(request.app[ACTORS], waiting.draft.text)
    try:
        async with transaction(request.app[POOL]) as tx:
            one = await store.lock(tx, scheduled_id)
            if one is None:
                return _gone(request)
            post = await commands.publish(
                tx,
                request.app[URIS],
                member.account_id,
                one,
                mentioned=mentioned,
                now=datetime.now(UTC),
                on_published=request.app[ON_PUBLISHED],
            )
    except (Unprocessable, Forbidden, NotFound) as error:
        return await _list_page(request, member, refused=waiting, error=error)
    return see_other(f"/@{member.username}/{post.id}?published=1")


@routes.get(_ONE + "/cancel")
async def show_cancel(request: web.Request) -> web.Response:
    """What it means not to publish it, before it is so."""
    member = require_member(request)
    one = await _own(request, member)
    return _gone(request) if one is None else render(request, "scheduled/cancel.html", one=one)


@routes.post(_ONE + "/cancel")
async def cancel(request: web.Request) -> web.Response:
    """Do not publish it. A second click is told what became of it."""
    member = require_member(request)
    scheduled_id = int(request.match_info["id"])
    async with transaction(request.app[POOL]) as tx:
        if await store.lock(tx, scheduled_id) is None:
            return _gone(request)
        await commands.cancel(tx, member.actor_id, scheduled_id)
    return see_other(f"{PATH}?deleted=1")


async def _own(request: web.Request, member: Member) -> ScheduledPost | None:
    """None: it is not there any more. Raises ``NotFound`` for somebody else's."""
    scheduled_id = int(request.match_info["id"])
    found = await store.find(request.app[POOL], scheduled_id)
    return None if found is None else commands.own(found, member.actor_id, scheduled_id)


def _gone(request: web.Request) -> web.Response:
    """Lead to where it is said what became of it."""
    return see_other(f"{PATH}?gone={request.match_info['id']}")


async def _move(
    request: web.Request, member: Member, one: ScheduledPost, due_at: datetime
) -> Problem | None:
    try:
        async with transaction(request.app[POOL]) as tx:
            await commands.move(tx, member.actor_id, one.id, due_at, datetime.now(UTC))
    except Unprocessable as error:
        zone = zone_of_reader(request)
        at_day = isinstance(error, NoRoom) or is_the_day(due_at, datetime.now(UTC), zone)
        return Problem.told_by(error, DATE if at_day else TIME)
    return None


async def _list_page(
    request: web.Request,
    member: Member,
    *,
    refused: ScheduledPost | None = None,
    error: FedinetError | None = None,
) -> web.Response:
    async with request.app[POOL].acquire() as conn:
        scheduled = await store.list_scheduled(conn, member.actor_id, Page(limit=MAX_IN_ALL))
        gone = number(request.query.get("gone", ""))
        key = "" if gone is None else commands.key_of(gone)
        published = await find_remembered(conn, member.account_id, key) if key else None
    zone = zone_of_reader(request)
    ordered = sorted(scheduled, key=lambda one: (not one.has_failed, one.due_at, one.id))
    return render(
        request,
        "scheduled/scheduled.html",
        status=200 if error is None else 422,
        scheduled=[_line(one, zone) for one in ordered],
        zone=zone.key,
        gone=gone is not None,
        published=published,
        deleted="deleted" in request.query,
        refused=refused,
        why="" if error is None else why_not(error),
        why_values={} if error is None else error.values,
        kept=request.query.get("kept", ""),
    )


def _line(one: ScheduledPost, zone: ZoneInfo) -> Line:
    is_twice = bool(typed_moment(one.due_at, zone)[WHICH])
    return Line(one, one.due_at.astimezone(zone), is_twice)


def _time_page(request: web.Request, one: ScheduledPost, form: Form | None = None) -> web.Response:
    zone = zone_of_reader(request)
    typed = {} if one.has_failed else typed_moment(one.due_at, zone)
    form = form or Form(typed)
    return render(
        request,
        "scheduled/time.html",
        status=422 if form.problems else 200,
        form=form,
        one=one,
        zone=zone.key,
        twice=twice_on(form.value, zone),
    )
