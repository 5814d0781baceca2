"""Settings: by which clock hours are told, and nothing else; a step of the first day."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.digests import store
from fedinet.digests.choosing import choose_rhythm
from fedinet.digests.form import zone_problems
from fedinet.http.auth import require_member
from fedinet.http.context import POOL
from fedinet.http.forms import Form
from fedinet.http.pages import language_of, render
from fedinet.http.params import read_form
from fedinet.http.redirects import safe_next, see_other
from fedinet.http.zones import zone_choices, zone_of_house, zone_of_reader

routes = web.RouteTableDef()
PATH: Final = "/settings/time-zone"


@routes.get(PATH)
async def show_zone(request: web.Request) -> web.Response:
    """What the member chose, and what the community lives by."""
    member = require_member(request)
    return _page(request, Form({"time_zone": member.time_zone}))


@routes.post(PATH)
async def save_zone(request: web.Request) -> web.Response:
    """Choose a clock; what else the member chose about mail and quiet hours stays."""
    member, zone = require_member(request), (await read_form(request)).text("time_zone")[:80]
    problems = zone_problems(zone)
    if problems:
        return _page(request, Form({"time_zone": zone}, tuple(problems)), status=422)
    async with transaction(request.app[POOL]) as tx:
        rhythm = await store.find_rhythm(tx, member.account_id)
        chosen = replace(rhythm, time_zone=zone)
        await choose_rhythm(tx, member.account_id, chosen, now=datetime.now(UTC))
    return see_other(safe_next(request.query.get("next"), f"{PATH}?saved=1"))


def _page(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    return render(
        request,
        "digests/zone.html",
        status=status,
        nav="settings",
        form=form,
        saved="saved" in request.query,
        back=safe_next(request.query.get("next"), ""),
        clock=f"{datetime.now(zone_of_reader(request)):%H:%M}",
        zones=zone_choices(language_of(request), form.value("time_zone")),
        house_zone=zone_of_house(request).key,
    )
