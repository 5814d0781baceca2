"""The page on which stewards choose who may read the rules."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.federation.steps import MAX_WHY
from fedinet.http.auth import require_administrator
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.problems import N_, Problem
from fedinet.policy.commands import Steward
from fedinet.policy.publishing import ShownTo, read_shown_to, show_to

routes = web.RouteTableDef()

_PATH: Final = "/admin/policy/publish"
CHOICES: Final[Mapping[ShownTo, tuple[str, str]]] = MappingProxyType(
    {
        ShownTo.PAGE: (
            N_("Everybody, on our page"),
            N_("Who is refused can see why. There is no list for machines to collect."),
        ),
        ShownTo.EVERYBODY: (
            N_("Everybody, also as a list for apps"),
            N_("Other communities can compare their rules with ours."),
        ),
        ShownTo.MEMBERS: (N_("Members"), N_("Visitors see only how we decide in general.")),
        ShownTo.NOBODY: (N_("Nobody but stewards"), N_("Everybody sees how we decide in general.")),
    }
)


@routes.get(_PATH)
async def show_choice(request: web.Request) -> web.Response:
    require_administrator(request)
    return await _page(request, EMPTY_FORM)


@routes.post(_PATH)
async def choose(request: web.Request) -> web.Response:
    """Save the choice, with its reason."""
    me = require_administrator(request)
    fields = await read_form(request)
    typed = {name: fields.text(name) for name in ("shown_to", "why")}
    why, chosen = typed["why"].strip(), typed["shown_to"]
    problems: list[Problem] = []
    if chosen not in {one.value for one in ShownTo}:
        problems.append(Problem("shown_to", N_("Choose one of these.")))
    if not why or len(why) > MAX_WHY:
        told = N_("Say why: other stewards read it in the record of changes.")
        problems.append(Problem("why", told))
    if problems:
        return await _page(request, Form(typed).with_problems(problems), status=422)
    by = Steward(name=f"@{me.username}", now=datetime.now(UTC), reason=why)
    async with transaction(request.app[POOL]) as tx:
        await show_to(tx, ShownTo(chosen), by=by)
    return see_other("/policy")


async def _page(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    async with request.app[POOL].acquire() as conn:
        now = await read_shown_to(conn)
    return render(
        request,
        "federation/publish.html",
        status=status,
        form=form,
        choices=CHOICES,
        now=now,
        most_why=MAX_WHY,
    )
