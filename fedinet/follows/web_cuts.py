"""What rules did to a member's follows, in plain words, and the names to take along."""

import csv
from datetime import UTC, datetime
from io import StringIO
from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.follows import cuts_store
from fedinet.follows.asking_again import AT_ONCE, ask_again
from fedinet.follows.cuts_store import CutWord
from fedinet.follows.frozen_store import KEPT_DAYS, list_frozen_origins
from fedinet.http.auth import require_member
from fedinet.http.context import POLICY, POOL
from fedinet.http.pages import render
from fedinet.http.paging import read_before
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_
from fedinet.kernel.uris import origin_of
from fedinet.policy.model import Effect, Rule, Scope, Verdict

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
        lost = [cut.id for cut in cuts if cut.word is CutWord.LOST and cut.following]
        found = await cuts_store.list_lost_of(conn, me.actor_id, lost, limit=_PAGE * AT_ONCE)
    can_ask = {cut_id for cut_id, _ in found}
    return render(
        request,
        "follows/put-aside.html",
        cuts=cuts,
        can_ask={
            cut.id for cut in cuts if cut.id in can_ask and await _is_open(request, cut.domain)
        },
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


@routes.post(r"/follows/put-aside/{id:[0-9]{1,18}}/ask")
async def ask_them_again(request: web.Request) -> web.Response:
    """Ask to follow those again whom a rule ended, once their server is let in. Twice is once."""
    me = require_member(request)
    async with request.app[POOL].acquire() as conn:
        found = await cuts_store.list_people_of(conn, me.actor_id, int(request.match_info["id"]))
    if found is None:
        raise NotFound("no such event of this member")
    if not await _is_open(request, found[0].domain):
        raise Unprocessable("still refused", public=N_("A rule keeps this server away still."))
    async with transaction(request.app[POOL]) as tx:
        await ask_again(tx, me.actor_id, found[0].id, now=datetime.now(UTC))
    return see_other("/people/following")


async def _is_open(request: web.Request, name: Domain) -> bool:
    """Tell whether a follow that is asked for now would reach its server, and last."""
    policy = request.app[POLICY]
    if (await policy.about(Scope.OUTBOUND, name)).verdict is not Verdict.ACCEPT:
        return False
    effects = (await policy.about(Scope.INBOUND, name)).effects
    return effects.isdisjoint((Effect.FREEZE_FOLLOWS, Effect.SEVER_FOLLOWS))


async def _reason(request: web.Request, name: Domain) -> str:
    """What the deciding rule says to everybody; ``""`` where it says nothing."""
    decision = await request.app[POLICY].at_door(name, is_shrinking=False)
    by = decision.decided_by
    if isinstance(by, Rule) and by.reason_public:
        return by.reason_public
    return next((rule.reason_public for rule in decision.matched if rule.reason_public), "")
