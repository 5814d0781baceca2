"""The page of what is kept aside: let in, welcome the server, or throw away."""

from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.federation.arrivals import arrival
from fedinet.federation.words import BUILTINS
from fedinet.http.auth import require_steward
from fedinet.http.context import BOX, POLICY, POOL, SETTINGS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.inbox import held
from fedinet.inbox.held_store import KEPT_DAYS, count_held, count_held_by_rule, list_held
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import N_, Problem
from fedinet.kernel.uris import domain as domain_of
from fedinet.policy.commands import Steward

routes = web.RouteTableDef()

HELD: Final = "/admin/policy/held"
_PAGE: Final = 50
_WHY: Final = {one.value: words for one, words in BUILTINS.items()}


@routes.get(HELD)
async def show_held(request: web.Request) -> web.Response:
    """What waits, by server and one by one. Who and to what, never the text."""
    require_steward(request)
    return await _shown(request, EMPTY_FORM)


async def _shown(request: web.Request, form: Form) -> web.Response:
    asked, before = request.query.get("domain", "").strip(), request.query.get("before", "")
    about = domain_of(asked) if asked else None
    number = int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None
    async with request.app[POOL].acquire() as conn:
        servers = await count_held(conn)
        of_rules = await count_held_by_rule(conn)
        items = await list_held(conn, domain=about, before=number, limit=_PAGE)
    in_force = {rule.key for rule in (await request.app[POLICY].current.rules()).rules}
    return render(
        request,
        "federation/held.html",
        of_rules=[(key, count, key in in_force) for key, count in of_rules],
        arrival=arrival,
        status=422 if form.problems else 200,
        form=form,
        logged_since=datetime.now(UTC) - timedelta(days=request.app[SETTINGS].inbound_log_days),
        servers=servers,
        items=items,
        asked=about or "",
        before=items[-1].id if len(items) == _PAGE else 0,
        why=_WHY,
        kept_days=KEPT_DAYS,
    )


@routes.post(HELD)
async def decide(request: web.Request) -> web.Response:
    """Let in (``release``), let in and count as met (``welcome``), or throw away (``discard``).

    ``release`` is about numbers, a server, or all that a rule held.

    What somebody else has dealt with meanwhile is passed over.
    """
    me = require_steward(request)
    fields = await read_form(request)
    pool, box = request.app[POOL], request.app[BOX]
    match fields.text("do"):
        case "welcome":
            by = Steward(name=f"@{me.username}", now=datetime.now(UTC))
            await held.welcome(pool, box, domain_of(fields.text("domain")), by=by)
        case "release" if fields.text("domain"):
            await held.release_server(pool, box, domain_of(fields.text("domain")))
        case "release" if fields.text("rule"):
            await held.release_rule(pool, box, fields.text("rule").replace("\0", ""))
        case "release" | "discard" if not _numbers(fields):
            told = Problem("one-h", N_("Tick what you mean first."))
            return await _shown(request, EMPTY_FORM.with_problems([told]))
        case "release":
            async with transaction(pool) as tx:
                await held.release(tx, box, _numbers(fields))
        case "discard":
            async with transaction(pool) as tx:
                await held.discard(tx, _numbers(fields))
        case other:
            raise Unprocessable(f"nothing to do: {other[:20]!r}")
    return see_other(HELD)


def _numbers(fields: Params) -> tuple[int, ...]:
    return fields.integers("id")
