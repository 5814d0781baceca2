"""The stewards' side of appeals: read, answer, lift the rule (previewed as usual), or decline."""

from typing import Final

from aiohttp import web

from fedinet.actors.store import find_actors
from fedinet.appeals import commands as appeals
from fedinet.appeals import store as appeals_store
from fedinet.appeals.model import MAX_WORDS, Appeal, State, check_words
from fedinet.appeals.words import STATES
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.federation.steps import Step, take
from fedinet.federation.words import words_of_rule
from fedinet.http.auth import Member, require_administrator, require_steward
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.paging import read_before
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.problems import N_, Problem
from fedinet.policy import commands, store
from fedinet.policy.commands import Steward
from fedinet.policy.impact.preview import Change

routes = web.RouteTableDef()

_PAGE: Final = 50
_ONE: Final = r"/admin/appeals/{id:[0-9]{1,18}}"


@routes.get("/admin/appeals")
async def list_appeals(request: web.Request) -> web.Response:
    """What is open, newest first; with ``?all=1`` what was settled too."""
    require_steward(request)
    whole = "all" in request.query
    async with request.app[POOL].acquire() as conn:
        found = await appeals_store.list_appeals(
            conn, before=read_before(request), limit=_PAGE, with_settled=whole
        )
        people = await find_actors(conn, [one.member_id for one in found if one.member_id])
    return render(
        request,
        "federation/appeals.html",
        appeals=found,
        people=people,
        whole=whole,
        states=STATES,
        before=found[-1].id if len(found) == _PAGE else 0,
    )


@routes.get(_ONE)
async def show_appeal(request: web.Request) -> web.Response:
    return await _page(request, require_steward(request), EMPTY_FORM)


@routes.post(_ONE)
async def answer(request: web.Request) -> web.Response:
    """Write to who appeals, settle it, lift its rule, or show their words to everybody."""
    me, fields = require_steward(request), await read_form(request)
    appeal_id, act = int(request.match_info["id"]), fields.text("act")
    try:
        if act == "lift":
            return await _lift(request, fields, appeal_id, me)
        async with transaction(request.app[POOL]) as tx:
            await _act(tx, appeal_id, act, fields.text("words"), me)
    except Unprocessable as error:
        form = Form({"words": fields.text("words")}, (Problem.told_by(error, "words"),))
        return await _page(request, me, form, status=422)
    return see_other(f"/admin/appeals/{appeal_id}")


async def _act(tx: Tx, appeal_id: int, act: str, words: str, me: Member) -> None:
    match act:
        case "write":
            await appeals.answer(tx, appeal_id, words, by=me.actor_id)
        case "accept" | "decline":
            state = State.ACCEPTED if act == "accept" else State.DECLINED
            await appeals.answer(tx, appeal_id, words, by=me.actor_id, settle=state)
        case "show" | "hide":
            await appeals_store.show(tx, appeal_id, is_shown=act == "show")
        case other:
            raise Unprocessable(f"no such act on appeals: {other[:40]!r}")


async def _lift(request: web.Request, fields: Params, appeal_id: int, me: Member) -> web.Response:
    """Preview lifting the rule that an appeal is about; then lift it and accept, in one."""
    require_administrator(request)
    words = check_words(fields.text("words"))
    appeal = await _get(request, appeal_id)
    key = appeal.rule_key

    async def act(tx: Tx, by: Steward) -> None:
        await store.lock_policy(tx)
        if await store.find_rule(tx, key) is not None:  # else somebody else has lifted it
            await commands.remove_rules(tx, [key], by=by)
        await appeals.answer(tx, appeal_id, words, by=me.actor_id, settle=State.ACCEPTED)

    here = f"/admin/appeals/{appeal_id}"
    return await take(
        request,
        fields,
        Step(
            path=here,
            fields={"act": "lift", "words": words},
            title=N_("Lift the rule %(server)s"),
            values={"server": key},
            change=Change(remove=(key,)),
            act=act,
            save=N_("Lift it, and answer"),
            why=words[:200],
            back=here,
            done=here,
        ),
    )


async def _get(request: web.Request, appeal_id: int) -> Appeal:
    async with request.app[POOL].acquire() as conn:
        appeal = await appeals_store.find_appeal(conn, appeal_id)
    if appeal is None:
        raise NotFound(f"no appeal {appeal_id}")
    return appeal


async def _page(request: web.Request, me: Member, form: Form, *, status: int = 200) -> web.Response:
    appeal = await _get(request, int(request.match_info["id"]))
    async with request.app[POOL].acquire() as conn:
        answers = await appeals_store.list_answers(conn, appeal.id)
        rule = await store.find_rule(conn, appeal.rule_key) if appeal.rule_key else None
        named = {one.steward_id for one in answers} | {appeal.member_id}
        people = await find_actors(conn, [actor_id for actor_id in named if actor_id is not None])
    return render(
        request,
        "federation/appeal.html",
        status=status,
        form=form,
        appeal=appeal,
        answers=answers,
        people=people,
        rule=rule,
        words=() if rule is None else words_of_rule(rule.document),
        states=STATES,
        may_change=me.may_administer,
        most=MAX_WORDS,
    )
