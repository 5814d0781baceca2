"""Pages of what a member will publish later: see it, move it, publish it now, take it back.

Writing it anew is ``/write?scheduled=``.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.http.auth import Member, require_member
from fedinet.http.context import ACTORS, POOL, URIS
from fedinet.http.forms import Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import FedinetError, Forbidden, NotFound, Unprocessable
from fedinet.kernel.paging import Page
from fedinet.kernel.problems import N_, Problem
from fedinet.posts.context import ON_PUBLISHED
from fedinet.posts.later import LATER
from fedinet.posts.later_form import DATE, TIME, read_typed, typed_moment
from fedinet.posts.mentions import resolve_mentions
from fedinet.scheduled import commands, store
from fedinet.scheduled.model import MAX_IN_ALL, NoRoom, ScheduledPost, why_not
from fedinet.scheduled.writing import PATH, shown_at

routes = web.RouteTableDef()
_ONE: Final = r"/scheduled/{id:[0-9]{1,18}}"
_NO_MOMENT: Final = N_("Say the day and the time at which it is to be published.")


@dataclass(frozen=True, slots=True)
class Line:
    """One that waits, and when on its writer's clock."""

    post: ScheduledPost
    local: datetime


@routes.get(PATH)
async def show_scheduled(request: web.Request) -> web.Response:
    """All of it, the next first; what could not be published stands above."""
    return await _list_page(request, require_member(request))


@routes.get(_ONE + "/time")
async def show_time(request: web.Request) -> web.Response:
    member = require_member(request)
    return await _time_page(request, member, await _own(request, member))


@routes.post(_ONE + "/time")
async def move(request: web.Request) -> web.Response:
    """Publish it at another time. The one that it has already changes nothing."""
    member = require_member(request)
    one, fields = await _own(request, member), await read_form(request)
    form = Form({name: fields.text(name) for name in (DATE, TIME)})
    zone = await request.app[LATER].zone(request.app[POOL], member)
    before = None if one.has_failed else one.due_at
    due_at = read_typed(fields.text, zone, before=before)
    problem = Problem(DATE, _NO_MOMENT) if due_at is None else due_at
    if isinstance(problem, datetime) and problem != before:
        problem = await _move(request, member, one, problem)
    if isinstance(problem, Problem):
        return await _time_page(request, member, one, form.with_problems([problem]))
    return see_other(shown_at(one))


@routes.post(_ONE + "/publish")
async def publish(request: web.Request) -> web.Response:
    """Publish it now. What is not there any more was published, or taken back."""
    member = require_member(request)
    scheduled_id = int(request.match_info["id"])
    waiting = await store.find(request.app[POOL], scheduled_id)
    if waiting is None:
        return see_other(PATH)
    waiting = commands.own(waiting, member.actor_id, scheduled_id)
    mentioned = await resolve_mentions(request.app[ACTORS], waiting.draft.text)
    try:
        async with transaction(request.app[POOL]) as tx:
            one = await store.lock(tx, scheduled_id)
            if one is None:
                return see_other(PATH)
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
    return see_other(f"/@{member.username}/{post.id}")


@routes.get(_ONE + "/cancel")
async def show_cancel(request: web.Request) -> web.Response:
    """What it means not to publish it, before it is so."""
    member = require_member(request)
    return render(request, "scheduled/cancel.html", one=await _own(request, member))


@routes.post(_ONE + "/cancel")
async def cancel(request: web.Request) -> web.Response:
    """Do not publish it. Twice is as good as once."""
    member = require_member(request)
    scheduled_id = int(request.match_info["id"])
    async with transaction(request.app[POOL]) as tx:
        if await store.lock(tx, scheduled_id) is not None:
            await commands.cancel(tx, member.actor_id, scheduled_id)
    return see_other(PATH)


async def _own(request: web.Request, member: Member) -> ScheduledPost:
    async with request.app[POOL].acquire() as conn:
        return await commands.get(conn, member.actor_id, int(request.match_info["id"]))


async def _move(
    request: web.Request, member: Member, one: ScheduledPost, due_at: datetime
) -> Problem | None:
    try:
        async with transaction(request.app[POOL]) as tx:
            await commands.move(tx, member.actor_id, one.id, due_at, datetime.now(UTC))
    except Unprocessable as error:
        return Problem.told_by(error, DATE if isinstance(error, NoRoom) else TIME)
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
        zone = await request.app[LATER].zone(conn, member)
    ordered = sorted(scheduled, key=lambda one: (not one.has_failed, one.due_at, one.id))
    return render(
        request,
        "scheduled/scheduled.html",
        status=200 if error is None else 422,
        scheduled=[Line(one, one.due_at.astimezone(zone)) for one in ordered],
        zone=zone.key,
        refused=refused,
        why="" if error is None else why_not(error),
        why_values={} if error is None else error.values,
        kept=request.query.get("kept", ""),
    )


async def _time_page(
    request: web.Request, member: Member, one: ScheduledPost, form: Form | None = None
) -> web.Response:
    zone = await request.app[LATER].zone(request.app[POOL], member)
    typed = {} if one.has_failed else typed_moment(one.due_at, zone)
    return render(
        request,
        "scheduled/time.html",
        status=200 if form is None else 422,
        form=form or Form(typed),
        one=one,
        zone=zone.key,
    )
