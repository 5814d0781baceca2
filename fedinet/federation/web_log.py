"""The pages of what came in: by server and outcome, and why each of it fared as it did."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actor_by_uri, find_actors_by_uri
from fedinet.federation.arrivals import BECAME, arrival
from fedinet.federation.words import BUILTINS, DECISIONS, EFFECTS, SAID
from fedinet.http.auth import require_steward
from fedinet.http.context import POLICY, POOL, SETTINGS
from fedinet.http.forms import Form
from fedinet.http.pages import render
from fedinet.inbox.explaining import account_of
from fedinet.inbox.log_store import OUTCOMES, Logged, find_logged, list_log
from fedinet.kernel.errors import FedinetError, NotFound
from fedinet.kernel.ids import ActorUri
from fedinet.kernel.problems import Problem
from fedinet.kernel.uris import domain as domain_of

routes = web.RouteTableDef()

LOG: Final = "/admin/policy/log"
_PAGE: Final = 50
_WHY: Final = {one.value: words for one, words in BUILTINS.items()}


@routes.get(LOG)
async def show_log(request: web.Request) -> web.Response:
    """What came in, newest first: who, what kind, and what became of it. Never the words."""
    require_steward(request)
    asked, chosen = request.query.get("domain", "").strip(), request.query.get("outcome", "")
    outcome = chosen if chosen in OUTCOMES else None
    form, rows = Form({"domain": asked, "outcome": outcome or ""}), list[Logged]()
    people: Mapping[ActorUri, Actor] = {}
    async with request.app[POOL].acquire() as conn:
        last = await find_logged(conn, _number(request.query.get("before", "")))
        try:
            rows = list(
                await list_log(
                    conn,
                    domain=domain_of(asked) if asked else None,
                    outcome=outcome,
                    before=None if last is None else (last.received_at, last.id),
                    limit=_PAGE,
                )
            )
            people = await find_actors_by_uri(conn, {row.actor_uri for row in rows})
        except FedinetError as error:
            form = form.with_problems([Problem.told_by(error, "domain")])
    return render(
        request,
        "federation/log.html",
        kept_days=request.app[SETTINGS].inbound_log_days,
        arrival=arrival,
        form=form,
        rows=rows,
        people=people,
        outcomes=BECAME,
        asked=asked,
        outcome=outcome or "",
        before=rows[-1].id if len(rows) == _PAGE else 0,
    )


@routes.get(LOG + "/{number}")
async def show_logged(request: web.Request) -> web.Response:
    """Why one activity fared as it did: what policy saw then, and what it would say now."""
    require_steward(request)
    rules = await request.app[POLICY].current.rules()
    async with request.app[POOL].acquire() as conn:
        logged = await find_logged(conn, _number(request.match_info["number"]))
        if logged is None:
            raise NotFound("no such number in the log")
        account = await account_of(conn, logged, rules)
        sender = await find_actor_by_uri(conn, logged.actor_uri)
    return render(
        request,
        "federation/logged.html",
        arrival=arrival,
        account=account,
        logged=logged,
        sender=sender,
        outcomes=BECAME,
        decisions=DECISIONS,
        effects=EFFECTS,
        said=SAID,
        why=_WHY,
    )


def _number(raw: str) -> int:
    """A number of the log; -1, which nothing has, for anything else."""
    return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 19 else -1
