"""The week on a page: who waits, who answered, what is announced, who is new; and an end."""

from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.digests.gather import Wanted, gather
from fedinet.digests.model import Rubric
from fedinet.digests.words import sections
from fedinet.filters.model import Context
from fedinet.filters.reader import reader_filters
from fedinet.http.auth import require_member
from fedinet.http.context import POOL
from fedinet.http.pages import render, say_in
from fedinet.notifications.model import Kind

routes = web.RouteTableDef()
_WEEK: Final = timedelta(days=7)


@routes.get("/week")
async def show_week(request: web.Request) -> web.Response:
    """What the last seven days brought, whether or not any mail told it. Changes nothing.

    It ends as the home does: with who waits for a word.
    """
    member, now = require_member(request), datetime.now(UTC)
    wanted = Wanted(since=dict.fromkeys(Rubric, now - _WEEK), until=now, seen=tuple(Rubric))
    filters = reader_filters(request, Context.NOTIFICATIONS)
    async with request.app[POOL].acquire() as conn:
        overview = await gather(conn, member.actor_id, wanted, filters, now)
    people = {one.actor.id: one.actor for one in overview.waiting if one.kind is not Kind.WELCOME}
    return render(
        request,
        "digests/week.html",
        nav="notifications",
        waiting=list(people.values()),
        sections=sections(overview, say_in(member.language), by_mail=False),
    )
