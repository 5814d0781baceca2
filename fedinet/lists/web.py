"""Pages of lists: mine, what the people of one write, who is in it, and its end."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.accounts.entities import get_shown
from fedinet.actors.model import Actor
from fedinet.db.pool import transaction
from fedinet.db.query import Conn, Tx
from fedinet.filters.model import Context
from fedinet.filters.reader import reader_filters
from fedinet.follows.people_store import list_people
from fedinet.http.apps import ID, row_id
from fedinet.http.auth import Member, require_member
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.paging import older_address, read_page
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import safe_next, see_other
from fedinet.http.zones import zone_of_reader
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import Problem
from fedinet.lists import commands, store
from fedinet.lists.model import List, check_title, read_replies_policy
from fedinet.lists.timeline_store import list_timeline
from fedinet.timelines.entries import by_day, entries_of_items
from fedinet.timelines.sifting import sift

routes = web.RouteTableDef()
PATH: Final = "/lists"
ONE: Final = f"{PATH}/{ID}"
_ON_A_PAGE: Final = 40
_MOST_FOUND: Final = 20
_MOST_WORDS: Final = 200


@routes.get(PATH)
async def show_lists(request: web.Request) -> web.Response:
    return await _overview(request, EMPTY_FORM)


@routes.post(PATH)
async def create(request: web.Request) -> web.Response:
    """Begin a list, and go on to put people into it."""
    found = require_member(request)
    fields = await read_form(request)
    try:
        async with transaction(request.app[POOL]) as tx:
            title, exclusive = fields.text("title"), fields.flag("exclusive")
            now = datetime.now(UTC)
            made = await commands.create_once(tx, found.actor_id, title, now, exclusive=exclusive)
    except Unprocessable as error:
        return await _overview(request, _typed(fields, error, "title"), status=422)
    return see_other(f"{PATH}/{made.id}/people")


@routes.get(ONE)
async def show_list(request: web.Request) -> web.Response:
    """What the people of a list wrote and shared, in order of time, to its end."""
    found, page = require_member(request), read_page(request)
    async with request.app[POOL].acquire() as conn:
        one = await commands.get(conn, found.actor_id, row_id(request))
        items = await list_timeline(conn, found.viewer, one, page)
        entries = await entries_of_items(
            conn, found.viewer, items, reader_filters(request, Context.HOME)
        )
        sifted = sift(request, entries)
        is_empty = not items and not await store.count_members(conn, one.id)
    return render(
        request,
        "lists/list.html",
        nav="home",
        one=one,
        days=by_day(sifted.entries, zone_of_reader(request)),
        sifted=sifted,
        is_empty=is_empty,
        older=older_address(request, page, [item.id for item in items]),
        earlier_page=page.max_id is not None,
    )


@routes.get(ONE + "/people")
async def show_people(request: web.Request) -> web.Response:
    """Who is in a list, who could be, and how the list is called."""
    return await _people(request, EMPTY_FORM)


@routes.post(ONE)
async def change(request: web.Request) -> web.Response:
    found = require_member(request)
    fields = await read_form(request)
    try:
        async with transaction(request.app[POOL]) as tx:
            one = await _locked(tx, found, row_id(request))
            changed = replace(
                one,
                title=check_title(fields.text("title")),
                exclusive=fields.flag("exclusive"),
                replies_policy=read_replies_policy(fields.text("replies", one.replies_policy)),
            )
            await store.update_list(tx, changed)
    except Unprocessable as error:
        return await _people(request, _typed(fields, error, "title"), status=422)
    return see_other(f"{PATH}/{one.id}/people")


@routes.post(ONE + "/people")
async def change_people(request: web.Request) -> web.Response:
    """Put somebody in, or take somebody out. Twice is as good as once."""
    found = require_member(request)
    fields = await read_form(request)
    actor_id = ActorId(fields.integer("person") or 0)
    try:
        async with transaction(request.app[POOL]) as tx:
            one = await _locked(tx, found, row_id(request))
            if fields.text("do") == "remove":
                await store.remove_members(tx, one.id, [actor_id])
            elif not await store.list_those_with(tx, [one.id], actor_id):
                await commands.add(tx, one, [actor_id])
    except Unprocessable as error:
        return await _people(request, _typed(fields, error, "q"), status=422)
    return see_other(safe_next(fields.text("next"), f"{PATH}/{one.id}/people"))


@routes.get(ONE + "/delete")
async def ask_to_delete(request: web.Request) -> web.Response:
    found = require_member(request)
    async with request.app[POOL].acquire() as conn:
        one = await commands.get(conn, found.actor_id, row_id(request))
    return render(request, "lists/delete.html", nav="home", one=one)


@routes.post(ONE + "/delete")
async def delete(request: web.Request) -> web.Response:
    """Delete a list; one that is gone already, or never was ours, is gone."""
    found = require_member(request)
    async with transaction(request.app[POOL]) as tx:
        await store.lock_owner(tx, found.actor_id)
        one = await store.find_list(tx, found.actor_id, row_id(request))
        if one is not None:
            await store.delete_list(tx, one.id)
    return see_other(PATH)


@routes.get("/people/" + ID + "/lists")
async def show_lists_for(request: web.Request) -> web.Response:
    """In which of my lists somebody is, and in which they could be."""
    found = require_member(request)
    async with request.app[POOL].acquire() as conn:
        actor = await get_shown(conn, row_id(request))
        lists = await store.list_lists(conn, found.actor_id)
        within = {one.id for one in await store.list_lists_with(conn, found.actor_id, actor.id)}
        may_add = bool(await store.may_add(conn, found.actor_id, [actor.id]))
    return render(
        request,
        "lists/person.html",
        nav="people",
        actor=actor,
        lists=lists,
        within=within,
        may_add=may_add,
    )


async def _overview(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    found = require_member(request)
    async with request.app[POOL].acquire() as conn:
        lists = await store.list_lists(conn, found.actor_id)
    return render(request, "lists/lists.html", status=status, nav="home", lists=lists, form=form)


async def _people(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    found, page = require_member(request), read_page(request, default=_ON_A_PAGE)
    words = request.query.get("q", "").replace("\0", "")[:_MOST_WORDS].strip()
    async with request.app[POOL].acquire() as conn:
        one = await commands.get(conn, found.actor_id, row_id(request))
        rows = await store.list_members(conn, one, page)
        could_be, is_more = await _could_be(conn, one, words)
    return render(
        request,
        "lists/people.html",
        status=status,
        nav="home",
        one=one,
        form=form,
        members=[actor for _, actor in rows],
        could_be=could_be,
        is_more=is_more,
        words=words,
        older=older_address(request, page, [cursor for cursor, _ in rows]),
        earlier_page=page.max_id is not None,
    )


async def _could_be(conn: Conn, one: List, words: str) -> tuple[list[tuple[Actor, bool]], bool]:
    """Whom the owner follows, by name, with whether they are in the list; and: there are more."""
    listed = await list_people(
        conn, one.owner_id, words=words, limit=_MOST_FOUND + 1, only_followed=True
    )
    shown = [person.actor for person in listed[:_MOST_FOUND]]
    within = await store.those_within(conn, one.id, [actor.id for actor in shown])
    return [(actor, actor.id in within) for actor in shown], len(listed) > _MOST_FOUND


async def _locked(tx: Tx, found: Member, list_id: int) -> List:
    await store.lock_owner(tx, found.actor_id)
    return await commands.get(tx, found.actor_id, list_id)


def _typed(fields: Params, error: Unprocessable, name: str) -> Form:
    values = {
        "title": fields.text("title"),
        "exclusive": "1" if fields.flag("exclusive") else "",
        "replies": fields.text("replies"),
    }
    return Form(values, (Problem.told_by(error, name),))
