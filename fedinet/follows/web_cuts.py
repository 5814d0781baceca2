"""What rules did to a member's follows, in plain words, and the names to take along."""

import csv
from io import StringIO
from typing import Final

from aiohttp import web

from fedinet.follows import cuts_store
from fedinet.follows.frozen_store import KEPT_DAYS, list_frozen_origins
from fedinet.http.auth import require_member
from fedinet.http.context import POLICY, POOL
from fedinet.http.pages import render
from fedinet.http.paging import read_before
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import Domain
from fedinet.kernel.uris import origin_of
from fedinet.policy.model import Rule

routes = web.RouteTableDef()

_PAGE: Final = 50
_FORMULA: Final = ("=", "+", "-", "@", "\t")


@routes.get("/follows/put-aside")
async def show_cuts(request: web.Request) -> web.Response:
    """What was put aside, lost or came back, and what is aside now and why."""
    me = require_member(request)
    async with request.app[POOL].acquire() as conn:
        cuts = await cuts_store.list_cuts_of(
            conn, me.actor_id, before=read_before(request), limit=_PAGE
        )
        aside = {origin_of(o).domain for o in await list_frozen_origins(conn, me.actor_id)}
    return render(
        request,
        "follows/put-aside.html",
        cuts=cuts,
        aside={name: await _reason(request, name) for name in sorted(aside)},
        kept_days=KEPT_DAYS,
        before=cuts[-1].id if len(cuts) == _PAGE else 0,
    )


@routes.get(r"/follows/put-aside/{id:[0-9]{1,18}}.csv")
async def export_cut(request: web.Request) -> web.Response:
    """The names of one event, as Mastodon's exports have them."""
    me = require_member(request)
    async with request.app[POOL].acquire() as conn:
        found = await cuts_store.list_people_of(conn, me.actor_id, int(request.match_info["id"]))
    if found is None:
        raise NotFound("no such event of this member")
    cut, people = found
    sheet = StringIO()
    rows = csv.writer(sheet)
    rows.writerow(["Account address", "Which"])
    for handle, is_follower in people:
        safe = f"'{handle}" if handle.startswith(_FORMULA) else handle
        rows.writerow([safe, "follower" if is_follower else "following"])
    name = f"follows-{cut.domain.replace(':', '-')}.csv"
    return web.Response(
        text=sheet.getvalue(),
        content_type="text/csv",
        charset="utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


async def _reason(request: web.Request, name: Domain) -> str:
    """What the deciding rule says to everybody; ``""`` where it says nothing."""
    decision = await request.app[POLICY].at_door(name, is_shrinking=False)
    by = decision.decided_by
    if isinstance(by, Rule) and by.reason_public:
        return by.reason_public
    return next((rule.reason_public for rule in decision.matched if rule.reason_public), "")
