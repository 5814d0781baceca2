"""Pages against floods: alerts, the panic switch, drafts that alerts suggest.

Moderators may use the switch, too: they are awake when owner and admins are
not, and it ends by itself. Rules stay with owner and admins.
"""

from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.federation.steps import Step, ours, take
from fedinet.federation.words import ALERTS, words_of_rule
from fedinet.http.auth import require_administrator, require_steward
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import NotFound
from fedinet.kernel.problems import N_
from fedinet.policy import commands
from fedinet.policy.commands import Steward
from fedinet.policy.floods import panic as switch
from fedinet.policy.floods.alerts import put_away
from fedinet.policy.floods.alerts_store import Alert, find_alert, list_alerts, list_open_alerts
from fedinet.policy.floods.rules import rule_against
from fedinet.policy.floods.upkeep import ALERTS_PAGE
from fedinet.policy.impact.preview import Change, in_force

routes = web.RouteTableDef()

PANIC: Final = "/admin/policy/panic"
PERIODS: Final = MappingProxyType(
    {
        1: N_("For an hour"),
        6: N_("For six hours"),
        24: N_("For 24 hours"),
        72: N_("For three days"),
        168: N_("For a week"),
    }
)
_OVER_SHOWN: Final = 20
_HELD: Final = (
    N_("What strangers write to members waits for a steward"),
    N_("New accounts that follow or react wait, too"),
    N_("Whoever follows a member, is followed or was written to, or is welcomed, notices nothing"),
)


@routes.get(ALERTS_PAGE)
async def show_alerts(request: web.Request) -> web.Response:
    """What looks like a flood now, what did lately, and the switch."""
    me = require_steward(request)
    async with request.app[POOL].acquire() as conn:
        open_alerts = await list_open_alerts(conn)
        over = [one for one in await list_alerts(conn, limit=_OVER_SHOWN) if one.ended_at]
        panic = await switch.find_panic(conn, datetime.now(UTC))
    return render(
        request,
        "federation/alerts.html",
        form=EMPTY_FORM,
        alerts=open_alerts,
        over=over,
        panic=panic,
        sentences=ALERTS,
        periods=PERIODS,
        may_change=me.may_administer,
    )


@routes.post(ALERTS_PAGE)
async def put_alert_away(request: web.Request) -> web.Response:
    """A steward has seen it. Harmless twice, and when it is over."""
    me = require_steward(request)
    number = (await read_form(request)).integer("id") or 0
    async with transaction(request.app[POOL]) as tx:
        await put_away(tx, number, by=f"@{me.username}", now=datetime.now(UTC))
    return see_other(ALERTS_PAGE)


@routes.post(PANIC)
async def turn_panic(request: web.Request) -> web.Response:
    """Preview the switch, or pull it: ``hours`` from now, 0 for off."""
    require_steward(request)
    fields = await read_form(request)
    hours = fields.integer("hours") or 0
    until = switch.end_after(hours, datetime.now(UTC)) if hours in PERIODS else None

    async def act(tx: Tx, by: Steward) -> int:
        if until is None:
            return await switch.lift(tx, by=by)
        return await switch.pull(tx, until=until, by=by)

    title = N_("Look at strangers first") if until else N_("Let strangers in as before")
    step = Step(
        path=PANIC,
        fields={"hours": str(hours)},
        title=title,
        words=(PERIODS[hours], *_HELD) if until else (),
        change=switch.change_of(until),
        act=act,
        save=N_("Switch it on") if until else N_("Switch it off"),
        back=ALERTS_PAGE,
        done=ALERTS_PAGE,
        may=require_steward,
    )
    return await take(request, fields, step)


@routes.post("/admin/policy/alerts/draft")
async def draft_rule(request: web.Request) -> web.Response:
    """Preview the rule that an alert suggests, or save it as a draft."""
    require_administrator(request)
    fields = await read_form(request)
    alert = await _alert(request, fields.integer("id") or 0)
    document = rule_against(alert.kind, alert.subject)

    async def act(tx: Tx, by: Steward) -> int:
        return await commands.put_rules(tx, [document], ours=ours(request), by=by)

    return await take(
        request,
        fields,
        Step(
            path="/admin/policy/alerts/draft",
            fields={"id": str(alert.id)},
            title=N_("A draft for %(server)s"),
            values={"server": document.key},
            words=words_of_rule(document),
            change=Change(put=in_force([document])),
            act=act,
            save=N_("Save the draft"),
            back=ALERTS_PAGE,
            done="/admin/policy?show=drafts",
        ),
    )


async def _alert(request: web.Request, number: int) -> Alert:
    async with request.app[POOL].acquire() as conn:
        alert = await find_alert(conn, number)
    if alert is None:
        raise NotFound(f"no alert {number}")
    return alert
