"""Pages about lists that others keep: how each stands, what it asks for, what holds for all."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.db.query import Conn, Tx
from fedinet.federation.lists.form import (
    FAREWELLS,
    SEVERITIES,
)
from fedinet.federation.steps import Step, ours, take
from fedinet.federation.words import words_of_rule
from fedinet.http.auth import require_administrator, require_steward
from fedinet.http.context import FETCHER, POLICY, POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.problems import N_, problems_of
from fedinet.policy.commands import Steward
from fedinet.policy.impact.preview import Change
from fedinet.policy.lists import commands as list_commands
from fedinet.policy.lists import store as lists_store
from fedinet.policy.lists.agreement import independent, overlaps
from fedinet.policy.lists.commands import merged_now, read_lists, together_of
from fedinet.policy.lists.document import Farewell
from fedinet.policy.lists.jobs import page_of, read_now
from fedinet.policy.lists.store import StoredList
from fedinet.policy.lists.subscriptions import Merge, Proposal

routes = web.RouteTableDef()

LISTS: Final = "/admin/policy/lists"
TOGETHER: Final = "/admin/policy/lists-together"
_PAGE: Final = 100
_SHOWN: Final = 50


@routes.get(LISTS)
async def show_lists(request: web.Request) -> web.Response:
    """All subscriptions, how each stands, how much they have of each other, what holds for all."""
    require_steward(request)
    return await _index(request)


async def _index(
    request: web.Request, form: Form | None = None, *, status: int = 200
) -> web.Response:
    me = require_steward(request)
    async with request.app[POOL].acquire() as conn:
        stored = await lists_store.all_lists(conn)
        holds = await lists_store.read_together(conn)
        listed = await lists_store.entries_of_all(conn, [one.name for one in stored])
        said = {name: [item.entry for item in items] for name, items in listed.items()}
    found = await asyncio.to_thread(overlaps, said)
    held = Form({"threshold": holds.threshold, "excludes": "\n".join(holds.excludes)})
    return render(
        request,
        "federation/subscriptions.html",
        status=status,
        lists=stored,
        form=form or held,
        overlaps=[one for one in found if one.both],
        judgements=independent([one.name for one in stored], found),
        may_change=me.may_administer,
    )


@routes.post(TOGETHER)
async def change_together(request: web.Request) -> web.Response:
    """Preview how many lists must agree, and what no list touches; or set it."""
    require_administrator(request)
    fields = await read_form(request)
    values = {name: fields.text(name) for name in ("threshold", "excludes")}
    try:
        wanted = together_of(values["threshold"], values["excludes"].replace(",", " ").split())
    except Unprocessable as error:
        form = Form(values, problems_of(error, "threshold"))
        return await _index(request, form, status=422)
    async with request.app[POOL].acquire() as conn:
        merged = await merged_now(conn, ours=ours(request), now=_now(), together=wanted)

    async def act(tx: Tx, by: Steward) -> int:
        return await list_commands.set_together(tx, wanted, ours=ours(request), by=by)

    step = Step(
        path=TOGETHER,
        fields=values,
        title=N_("What holds for all lists: %(drafts)d new drafts, %(gone)d drafts or rules go"),
        values={"drafts": drafts_in(merged), "gone": len(merged.remove)},
        change=change_of(merged),
        act=act,
        save=N_("Save"),
        back=LISTS,
        done=LISTS,
    )
    return await take(request, fields, step)


@routes.get(LISTS + "/{name}")
async def show_list(request: web.Request) -> web.Response:
    """One list: how it stands, what it asks of rules in force, and what it says."""
    me = require_steward(request)
    after = request.query.get("after", "").replace("\0", "")[:300]
    async with request.app[POOL].acquire() as conn:
        known = await read_lists(conn)
        stored = _named(request.match_info["name"], known.stored)
        merged = await merged_now(conn, ours=ours(request), now=_now(), known=known)
    named = sorted(known.entries[stored.name], key=lambda one: one.entry.domain)
    entries = [one for one in named if one.entry.domain > after][:_PAGE]
    proposals = _proposals_of(merged, stored.name)
    return render(
        request,
        "federation/subscription.html",
        list=stored,
        entries=entries,
        silent=merged.silent,
        softened=merged.softened,
        proposals=[(one, _words(one)) for one in proposals[:_SHOWN]],
        proposal_count=len(proposals),
        severities=SEVERITIES,
        farewells=FAREWELLS,
        farewell_form=EMPTY_FORM,
        may_change=me.may_administer,
        after=entries[-1].entry.domain if len(entries) == _PAGE else "",
    )


@routes.post(LISTS + "/{name}/read")
async def read_again(request: web.Request) -> web.Response:
    """Read it now; ``accept``: the digest that was shown of what has changed too much."""
    require_administrator(request)
    fields = await read_form(request)
    name = request.match_info["name"]
    pool, fetcher = request.app[POOL], request.app[FETCHER]
    await read_now(pool, fetcher, name, ours=ours(request), accept=fields.text("accept")[:100])
    request.app[POLICY].current.forget("")
    return see_other(page_of(name))


@routes.post(LISTS + "/{name}/proposals")
async def do_proposals(request: web.Request) -> web.Response:
    """Preview what the list asks of rules in force (``key[]``, or all); or do it."""
    require_administrator(request)
    fields = await read_form(request)
    async with request.app[POOL].acquire() as conn:
        stored = await stored_list(conn, request.match_info["name"])
        merged = await merged_now(conn, ours=ours(request), now=_now())
    asked = tuple(filter(None, fields.texts("key") or fields.text("keys").split("\n")))
    proposals = _proposals_of(merged, stored.name)
    chosen = [one for one in proposals if not asked or one.before.key in asked]
    keys = [one.before.key for one in chosen]

    async def act(tx: Tx, by: Steward) -> None:
        await list_commands.do_proposals(tx, keys, ours=ours(request), by=by)

    put = tuple(one.after for one in chosen if one.after is not None)
    kept = {rule.key for rule in put}
    step = Step(
        path=f"{page_of(stored.name)}/proposals",
        fields={"keys": "\n".join(keys)},
        title=N_("Do what the list %(name)s asks about %(count)d rules"),
        values={"name": stored.name, "count": len(chosen)},
        change=Change(put=put, remove=tuple(key for key in keys if key not in kept)),
        act=act,
        save=N_("Change these rules"),
        back=page_of(stored.name),
        done=page_of(stored.name),
    )
    return await take(request, fields, step)


@routes.post(LISTS + "/{name}/end")
async def end_list(request: web.Request) -> web.Response:
    """Preview ending a subscription, with what becomes of its rules; or end it."""
    require_administrator(request)
    fields = await read_form(request)
    farewell = _farewell(fields)
    async with request.app[POOL].acquire() as conn:
        stored = await lists_store.find_list(conn, request.match_info["name"])
        if stored is None:
            return see_other(LISTS)  # sent twice, or somebody else did it
        change = await list_commands.ending(conn, stored.name, farewell)

    async def act(tx: Tx, by: Steward) -> int:
        return await list_commands.end_list(tx, stored.name, farewell, ours=ours(request), by=by)

    step = Step(
        path=f"{page_of(stored.name)}/end",
        fields={"rules": farewell.value},
        title=N_("End the list %(name)s"),
        values={"name": stored.name},
        words=FAREWELLS[farewell.value],
        change=change,
        act=act,
        save=N_("End it"),
        back=page_of(stored.name),
        done=LISTS,
    )
    return await take(request, fields, step)


async def stored_list(conn: Conn, name: str) -> StoredList:
    """Read a list by its name. Raises ``NotFound`` where there is none."""
    found = await lists_store.find_list(conn, name)
    return _named(name, [] if found is None else [found])


def _named(name: str, lists: Sequence[StoredList]) -> StoredList:
    for one in lists:
        if one.name == name:
            return one
    raise NotFound(f"no list {name[:100]!r}")


def _farewell(fields: Params) -> Farewell:
    try:
        return Farewell(fields.text("rules"))
    except ValueError as error:
        raise Unprocessable(
            "no farewell", public=N_("Go back and choose what becomes of the list’s rules.")
        ) from error


def _proposals_of(merged: Merge, name: str) -> list[Proposal]:
    source = f"list:{name}"
    return [
        one
        for one in merged.proposals
        if source in (one.before.source, "" if one.after is None else one.after.source)
    ]


def _words(proposal: Proposal) -> tuple[tuple[str, ...], tuple[str, ...]]:
    after = () if proposal.after is None else words_of_rule(proposal.after)
    return words_of_rule(proposal.before), after


def change_of(merged: Merge) -> Change:
    """What a merge changes of what holds; drafts do nothing."""
    put = tuple(rule for rule in merged.put if not rule.draft)
    return Change(put=put, remove=merged.remove)


def drafts_in(merged: Merge) -> int:
    """Count the rules to be put that hold for nobody yet."""
    return sum(rule.draft for rule in merged.put)


def _now() -> datetime:
    return datetime.now(UTC)
