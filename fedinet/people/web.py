"""Pages about one’s bond with somebody: how one follows, what one noted, whom one may know."""

from typing import Final

from aiohttp import web

from fedinet.accounts.entities import get_shown
from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.follows import commands as following
from fedinet.follows.languages import read_languages
from fedinet.follows.model import Relationship, Terms
from fedinet.follows.relations_store import find_relationship, list_relationships
from fedinet.http.apps import ID, row_id
from fedinet.http.auth import Member, require_member
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.i18n import written_languages
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import safe_next, see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import Problem
from fedinet.people import commands, store
from fedinet.people.model import KNOWN_TO

routes = web.RouteTableDef()
SUGGESTED: Final = "/people/suggested"
_MOST_SUGGESTED: Final = 10


@routes.get(SUGGESTED)
async def show_suggested(request: web.Request) -> web.Response:
    """A short list that ends: members first, then who is followed by people one follows."""
    found = require_member(request)
    async with request.app[POOL].acquire() as conn:
        members = await store.suggest_members(conn, found.actor_id, _MOST_SUGGESTED)
        room = _MOST_SUGGESTED - len(members)
        others = (
            await store.suggest_friends_of_friends(conn, found.actor_id, room, known_to=KNOWN_TO)
            if room
            else []
        )
        ids = [actor.id for actor in (*members, *others)]
        relations = await list_relationships(conn, found.actor_id, ids)
    return render(
        request,
        "people/suggested.html",
        nav="people",
        members=members,
        others=others,
        relations=relations,
    )


@routes.post(SUGGESTED)
async def dismiss(request: web.Request) -> web.Response:
    """Never suggest this one again. Nobody is told."""
    found = require_member(request)
    fields = await read_form(request)
    async with transaction(request.app[POOL]) as tx:
        person = ActorId(fields.integer("person") or 0)
        await store.dismiss_suggestion(tx, found.actor_id, person)
    return see_other(SUGGESTED)


@routes.post("/people/" + ID + "/acts")
async def act(request: web.Request) -> web.Response:
    """The buttons on somebody’s page: recommend, and the bell. Twice is as good as once."""
    found = require_member(request)
    fields = await read_form(request)
    async with transaction(request.app[POOL]) as tx:
        other = await get_shown(tx, row_id(request))
        stands = await find_relationship(tx, found.actor_id, other.id)
        match fields.text("do"):
            case "recommend":
                await commands.endorse(tx, found.actor_id, other.id, stands)
            case "unrecommend":
                await store.take_back_endorsement(tx, found.actor_id, other.id)
            case "ring" | "hush" as bell:
                terms = Terms(notify=bell == "ring")
                await following.change_terms(tx, await get_actor(tx, found.actor_id), other, terms)
            case unknown:
                raise Unprocessable(f"no such act: {unknown[:40]!r}")
    return see_other(safe_next(fields.text("next"), f"/@{other.handle}"))


@routes.get("/people/" + ID + "/bond")
async def show_bond(request: web.Request) -> web.Response:
    """How one follows somebody, and one’s note about them."""
    found = require_member(request)
    async with request.app[POOL].acquire() as conn:
        other = await get_shown(conn, row_id(request))
        stands = await find_relationship(conn, found.actor_id, other.id)
    return _bond(request, other, stands, EMPTY_FORM)


@routes.post("/people/" + ID + "/bond")
async def change_bond(request: web.Request) -> web.Response:
    found = require_member(request)
    fields = await read_form(request)
    async with request.app[POOL].acquire() as conn:
        other = await get_shown(conn, row_id(request))
        stands = await find_relationship(conn, found.actor_id, other.id)
    try:
        async with transaction(request.app[POOL]) as tx:
            await _save(tx, found, other, stands, fields)
    except Unprocessable as error:
        form = Form({"note": fields.text("note")}, (Problem.told_by(error, "note"),))
        return _bond(request, other, stands, form, status=422)
    return see_other(f"/@{other.handle}")


async def _save(tx: Tx, found: Member, other: Actor, stands: Relationship, fields: Params) -> None:
    await commands.note(tx, found.actor_id, other.id, fields.text("note"))
    if not (stands.following or stands.requested):
        return
    terms = Terms(
        notify=fields.flag("notify"),
        boosts=fields.flag("boosts"),
        languages=read_languages(fields.texts("languages")),
    )
    await following.change_terms(tx, await get_actor(tx, found.actor_id), other, terms)


def _bond(
    request: web.Request, other: Actor, stands: Relationship, form: Form, *, status: int = 200
) -> web.Response:
    named = dict(written_languages())
    chosen = set(stands.languages or ())
    return render(
        request,
        "people/bond.html",
        status=status,
        nav="people",
        actor=other,
        relation=stands,
        form=form,
        languages=[*named.items(), *((code, code) for code in sorted(chosen - named.keys()))],
        chosen=chosen,
    )
