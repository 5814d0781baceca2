"""The page of allied communities: name one, say yes or no, renew, end. Each seen beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from aiohttp import web

from fedinet.allies import commands
from fedinet.allies.model import Ally, Standing
from fedinet.allies.store import find_ally, list_allies
from fedinet.db.query import Tx
from fedinet.federation.steps import Step, take
from fedinet.federation.words import STANDINGS, TROUBLES
from fedinet.http.auth import require_administrator, require_steward
from fedinet.http.context import POOL, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.kernel.errors import FedinetError, Malformed
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_, Problem
from fedinet.kernel.uris import domain as domain_of
from fedinet.policy.commands import Steward
from fedinet.policy.impact.preview import Change

routes = web.RouteTableDef()

ALLIES: Final = "/admin/policy/allies"


@dataclass(frozen=True, slots=True)
class What:
    """One of the things that can be decided, in words."""

    title: str
    save: str
    words: tuple[str, ...]


_MAKES: Final = (
    N_("Posts for this and allied communities go there from then on, and none from before."),
    N_("What they write to members is not held as from a stranger."),
    N_("Members who let themselves be found are listed there too."),
)
WHAT: Final[Mapping[str, What]] = MappingProxyType(
    {
        "ask": What(
            N_("Ask %(server)s to be an allied community"),
            N_("Ask them"),
            (N_("Nothing changes until their stewards say yes."), *_MAKES),
        ),
        "agree": What(N_("Be an allied community of %(server)s"), N_("Say yes"), _MAKES),
        "renew": What(
            N_("Go on with %(server)s"),
            N_("Go on"),
            (N_("Our word holds for another year, and for the key that their node has now."),),
        ),
        "end": What(
            N_("End it with %(server)s"),
            N_("End it"),
            (
                N_("It ends for both at once, and can only begin again with both saying yes."),
                N_("Nothing more goes there. What was sent before stays there."),
                N_("Their people are no longer listed here, nor ours there."),
            ),
        ),
        "take": What(
            N_("Take rules of %(server)s as drafts"),
            N_("Take them as drafts"),
            (N_("What they share becomes drafts here each day. A draft does nothing by itself."),),
        ),
        "leave": What(
            N_("Take no more rules of %(server)s"),
            N_("Take no more"),
            (N_("Drafts that are here already stay."),),
        ),
    }
)


@routes.get(ALLIES)
async def show_allies(request: web.Request) -> web.Response:
    """Who is an ally, who asks, whom we asked, and what ended."""
    require_steward(request)
    return await _page(request, EMPTY_FORM)


@routes.post(ALLIES)
async def decide(request: web.Request) -> web.Response:
    """Show what a decision does, or do it with a reason."""
    require_administrator(request)
    fields = await read_form(request)
    raw = fields.text("domain").strip()
    try:
        domain = _read_domain(raw)
    except Malformed:
        problem = Problem("domain", N_("This is not the address of a server."))
        return await _page(request, Form({"domain": raw}, (problem,)), status=422)
    async with request.app[POOL].acquire() as conn:
        ally = await find_ally(conn, domain)
    what = _what(fields.text("what"), ally)
    try:
        return await take(request, fields, _step(request, what, domain))
    except FedinetError as error:
        problem = Problem.told_by(error, "domain")
        return await _page(request, Form({"domain": raw}, (problem,)), status=422)


def _read_domain(raw: str) -> Domain:
    """Read a domain, also out of an address."""
    bare = raw.removeprefix("https://").removeprefix("http://").strip("/")
    return domain_of(bare)


def _what(asked: str, ally: Ally | None) -> str:
    """What a button means now: asking who has asked is saying yes."""
    if asked != "name":
        return asked if asked in WHAT else "ask"
    now = datetime.now(UTC)
    if ally is not None and ally.we_name_them(now):
        return "renew"
    return "agree" if ally is not None and ally.they_name_us(now) else "ask"


def _step(request: web.Request, what: str, domain: Domain) -> Step:
    uris, words = request.app[URIS], WHAT[what]

    async def act(tx: Tx, by: Steward) -> object:
        if what in ("take", "leave"):
            return await commands.take_rules(tx, domain, takes=what == "take", by=by)
        if what == "end":
            return await commands.end(tx, uris, domain, by=by)
        return await commands.propose(tx, uris, domain, by=by)

    return Step(
        path=ALLIES,
        fields={"domain": domain, "what": what},
        title=words.title,
        values={"server": domain},
        words=words.words,
        change=Change(),
        is_about_rules=False,
        act=act,
        save=words.save,
        back=ALLIES,
        done=ALLIES,
    )


async def _page(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    now = datetime.now(UTC)
    async with request.app[POOL].acquire() as conn:
        known = await list_allies(conn)
    groups = {
        standing: [ally for ally in known if ally.standing(now) is standing]
        for standing in STANDINGS
    }
    return render(
        request,
        "federation/allies.html",
        status=status,
        form=form,
        groups={standing: some for standing, some in groups.items() if some},
        standings=STANDINGS,
        troubles=TROUBLES,
        path=ALLIES,
        now=now,
        ended=Standing.ENDED,
    )
