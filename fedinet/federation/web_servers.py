"""Pages about other servers: those that we know, and what we know of one, with stewards' notes."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.federation.failures import why_not
from fedinet.federation.words import words_of_rule
from fedinet.health.chart import chart
from fedinet.health.findings import DELIVERIES
from fedinet.http.auth import require_steward
from fedinet.http.context import BOX, POOL, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.inbox import held
from fedinet.kernel.errors import Malformed, NotFound, Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_, Problem
from fedinet.kernel.uris import domain as domain_of
from fedinet.policy import store
from fedinet.policy.commands import Steward
from fedinet.policy.matching import parents
from fedinet.policy.servers import meeting
from fedinet.policy.servers import page_store as server_page_store

routes = web.RouteTableDef()

SERVERS: Final = "/admin/policy/servers"
MET_WHY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "": N_("Somebody here knows this server."),
        "members": N_("A member follows, let in or wrote to somebody there."),
        "steward": N_("A steward welcomed it."),
        "time": N_("It has been around quietly for long enough."),
    }
)
CAME_IN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "applied": N_("Taken in"),
        "held": N_("Waits for a steward"),
        "dropped": N_("Left out"),
        "refused": N_("Refused at the door"),
        "failed": N_("Went wrong here"),
    }
)
"""What became of what came in, from the lowest bar up."""
_PAGE: Final = 50
_MAX_NOTE: Final = 2000
_MAX_WHY: Final = 500


@routes.get(SERVERS)
async def list_servers(request: web.Request) -> web.Response:
    """The servers that we know, newest first; ``?domain=`` leads to one."""
    require_steward(request)
    asked = request.query.get("domain", "").strip()
    form = Form({"domain": asked})
    if asked:
        try:
            return see_other(f"{SERVERS}/{domain_of(asked)}")
        except Malformed:
            said = N_("This is no server’s name. Write it as in an address: social.example")
            form = form.with_problems([Problem("domain", said)])
    async with request.app[POOL].acquire() as conn:
        servers = await server_page_store.list_servers(conn, before=_before(request), limit=_PAGE)
    return render(
        request,
        "federation/servers.html",
        status=422 if form.problems else 200,
        form=form,
        servers=servers,
        last=servers[-1] if len(servers) == _PAGE else None,
    )


@routes.get(f"{SERVERS}/{{domain}}")
async def show_server(request: web.Request) -> web.Response:
    require_steward(request)
    return await _page(request, _read(request.match_info["domain"]), EMPTY_FORM)


@routes.post(f"{SERVERS}/{{domain}}")
async def change_server(request: web.Request) -> web.Response:
    """Write a note, forget one, welcome the server, or count it as a stranger again."""
    me = require_steward(request)
    domain, fields = _read(request.match_info["domain"]), await read_form(request)
    why = fields.text("why").strip()
    by = Steward(name=f"@{me.username}", now=datetime.now(UTC), reason=why)
    pool, do = request.app[POOL], fields.text("do")
    if do in ("welcome", "unmeet") and not 0 < len(why) <= _MAX_WHY:
        told = Problem("why", N_("Say why: other stewards read it in the record of changes."))
        return await _page(request, domain, Form({"why": why}).with_problems([told]), status=422)
    match do:
        case "note":
            text = fields.text("text").strip()
            if not text or len(text) > _MAX_NOTE:
                told = Problem("text", N_("Write something, at most %(most)d characters."),
                               {"most": _MAX_NOTE})  # fmt: skip
                form = Form({"text": text}).with_problems([told])
                return await _page(request, domain, form, status=422)
            async with transaction(pool) as tx:
                await server_page_store.insert_note(tx, domain, author=by.name, text=text)
        case "forget":
            async with transaction(pool) as tx:
                await server_page_store.delete_note(tx, fields.integer("id") or 0, domain)
        case "welcome":
            await held.welcome(pool, request.app[BOX], domain, by=by)
        case "unmeet":
            async with transaction(pool) as tx:
                await meeting.unmeet(tx, domain, by=by)
        case other:
            raise Unprocessable(f"nothing to do: {other[:20]!r}")
    return see_other(f"{SERVERS}/{domain}")


async def _page(
    request: web.Request, domain: Domain, form: Form, *, status: int = 200
) -> web.Response:
    scheme, days = request.app[URIS].origin.scheme, _days()
    async with request.app[POOL].acquire() as conn:
        server = await server_page_store.find_server(conn, domain)
        traffic = await server_page_store.traffic_of(conn, domain, scheme=scheme)
        notes = await server_page_store.list_notes(conn, domain)
        rules = await store.list_rules_about(conn, list(parents(domain)))
    return render(
        request,
        "federation/server.html",
        status=status,
        domain=domain,
        server=server,
        met_why="" if server is None else MET_WHY.get(server.met_why, MET_WHY[""]),
        traffic=traffic,
        charts=[
            chart("in", N_("What came in from there, by day"), days, CAME_IN, traffic.by_day),
            chart("out", N_("What went out to there, by day"), days, DELIVERIES, traffic.went_out),
        ],
        why_not=why_not,
        notes=notes,
        rules=[(rule, words_of_rule(rule.document)) for rule in rules],
        days=server_page_store.DAYS,
        form=form,
        most=_MAX_NOTE,
        most_why=_MAX_WHY,
    )


def _days() -> list[date]:
    """The days that traffic is counted on, oldest first; of the first only a part."""
    today = datetime.now(UTC).date()
    return [today - timedelta(days=ago) for ago in range(server_page_store.DAYS, -1, -1)]


def _read(raw: str) -> Domain:
    try:
        return domain_of(raw)
    except Malformed as error:
        raise NotFound(f"no server {raw[:100]!r}") from error


def _before(request: web.Request) -> tuple[datetime, str] | None:
    raw, _, domain = request.query.get("before", "").replace("\0", "").partition(" ")
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return (moment, domain) if moment.tzinfo is not None else None
