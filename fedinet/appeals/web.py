"""Pages by which people ask the stewards to look again: members, and anybody of another server."""

from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.appeals import commands, store
from fedinet.appeals.context import PLACE, place_of, read_place
from fedinet.appeals.model import MAX_CONTACT, MAX_WORDS
from fedinet.appeals.words import STATES
from fedinet.db.pool import transaction
from fedinet.http.auth import Member, member, require_member
from fedinet.http.clients import client_address, limit_key
from fedinet.http.context import POLICY, POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.limits import Limit, count_attempt
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Malformed, NotFound, Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_, Problem
from fedinet.kernel.uris import domain as domain_of

routes = web.RouteTableDef()

FORM: Final = "/policy/appeal"
_BY_VISITOR: Final = Limit("appeal-page", 5, timedelta(days=1))
_MORE: Final = Limit("appeal-more", 60, timedelta(days=1))


@routes.get(FORM)
async def show_form(request: web.Request) -> web.Response:
    """Whom it is about (``?server=``), and why the stewards should look again."""
    asked = request.query.get("server", "")[:300]
    return _form(request, Form({"server": asked}))


@routes.post(FORM)
async def ask(request: web.Request) -> web.Response:
    """Take an appeal: a member's, or one that nobody proved; both learn only where it is answered.

    Raises:
        TooManyRequests: enough is open of that server, or by this visitor today.
    """
    found, fields = member(request), await read_form(request)
    form = Form({name: fields.text(name) for name in ("server", "words", "contact")})
    try:
        name = domain_of(fields.text("server").removeprefix("https://").strip("/ "))
    except Malformed:
        told = N_("Write the name of the server, for example loud.example.")
        return _form(request, form.with_problems([Problem("server", told)]), status=422)
    decision = await request.app[POLICY].at_door(name, is_shrinking=False)
    try:
        appeal_id = await _ask(request, found, fields, name, commands.deciding_rule(decision))
    except Unprocessable as error:
        problems = [Problem.told_by(error, "words")]
        return _form(request, form.with_problems(problems), status=422)
    return see_other(place_of(request.app, appeal_id))


async def _ask(
    request: web.Request, found: Member | None, fields: Params, name: Domain, rule_key: str
) -> int:
    pool, words = request.app[POOL], fields.text("words")
    if found is None:
        who = limit_key(client_address(request))
        now = datetime.now(UTC)
        await count_attempt(pool, _BY_VISITOR, who, now=now)
        async with transaction(pool) as tx:
            return await commands.appeal_of_server(
                tx,
                name,
                words,
                rule_key=rule_key,
                now=now,
                contact=fields.text("contact"),
            )
    async with transaction(pool) as tx:
        me = await get_actor(tx, found.actor_id)
        return await commands.appeal_of_member(tx, me, name, words, rule_key=rule_key)


@routes.get(PLACE)
async def show_appeal(request: web.Request) -> web.Response:
    """What became of it, for who has its address. Nothing else is told here."""
    return await _appeal(request, EMPTY_FORM)


@routes.post(PLACE)
async def say_more(request: web.Request) -> web.Response:
    """Who appeals adds something."""
    appeal_id = read_place(request)
    await count_attempt(request.app[POOL], _MORE, str(appeal_id), now=datetime.now(UTC))
    words = (await read_form(request)).text("words")
    try:
        async with transaction(request.app[POOL]) as tx:
            await commands.add_words(tx, appeal_id, words)
    except Unprocessable as error:
        form = Form({"words": words}, (Problem.told_by(error, "words"),))
        return await _appeal(request, form, status=422)
    return see_other(place_of(request.app, appeal_id))


@routes.get("/appeals")
async def show_mine(request: web.Request) -> web.Response:
    """What a member has asked the stewards, and what became of it."""
    me = require_member(request)
    async with request.app[POOL].acquire() as conn:
        mine = await store.list_of_member(conn, me.actor_id)
    return render(
        request,
        "appeals/appeals.html",
        appeals=[(one, place_of(request.app, one.id)) for one in mine],
        states=STATES,
    )


async def _appeal(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    appeal_id = read_place(request)
    async with request.app[POOL].acquire() as conn:
        appeal = await store.find_appeal(conn, appeal_id)
        if appeal is None:
            raise NotFound(f"no appeal {appeal_id}")
        answers = await store.list_answers(conn, appeal_id)
    answer = render(
        request,
        "appeals/appeal.html",
        status=status,
        form=form,
        appeal=appeal,
        answers=answers,
        states=STATES,
        most=MAX_WORDS,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _form(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    return render(
        request,
        "appeals/appeal-form.html",
        status=status,
        form=form,
        most=MAX_WORDS,
        most_contact=MAX_CONTACT,
    )
