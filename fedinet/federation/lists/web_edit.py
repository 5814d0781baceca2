"""The form of a list that others keep: subscribing, trying it, and its settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.db.query import Conn, Tx
from fedinet.federation.foresight import Foresight
from fedinet.federation.lists.form import (
    FIELDS,
    FORMATS,
    RETRACTIONS,
    SEVERITIES,
    read_list_form,
    values_of_list,
)
from fedinet.federation.lists.web import LISTS, change_of, drafts_in, stored_list
from fedinet.federation.steps import Step, impact_of, ours, take
from fedinet.federation.words import TURNS
from fedinet.http.auth import require_administrator
from fedinet.http.context import FETCHER, POOL, SETTINGS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.kernel.errors import FedinetError, Unprocessable
from fedinet.kernel.problems import N_, problems_of
from fedinet.policy.commands import Steward
from fedinet.policy.impact.preview import Change, in_force
from fedinet.policy.lists import commands as list_commands
from fedinet.policy.lists import store as lists_store
from fedinet.policy.lists.commands import merged_now
from fedinet.policy.lists.document import ListDocument
from fedinet.policy.lists.jobs import page_of
from fedinet.policy.lists.reading import Fetched, complaint_of, fetch_list
from fedinet.policy.lists.store import StoredList
from fedinet.policy.lists.subscriptions import Merge

routes = web.RouteTableDef()

EDIT: Final = "/admin/policy/lists-edit"
_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Tried:
    """What a list says, and what would come of it; nothing is saved."""

    fetched: Fetched
    merged: Merge
    told: Foresight


@routes.get(EDIT)
async def show_form(request: web.Request) -> web.Response:
    """The form: empty, or of a subscription (``?name=``)."""
    require_administrator(request)
    name = request.query.get("name", "")
    if not name:
        return _form(request, EMPTY_FORM, None)
    async with request.app[POOL].acquire() as conn:
        stored = await stored_list(conn, name)
    return _form(request, Form(values_of_list(stored.document, stored.version)), stored)


@routes.post(EDIT)
async def save_list(request: web.Request) -> web.Response:
    """Try a list (``do=test``), preview subscribing to it, or do it."""
    require_administrator(request)
    fields = await read_form(request)
    values = {name: fields.text(name) for name in FIELDS}
    async with request.app[POOL].acquire() as conn:
        stored = await lists_store.find_list(conn, values["name"])
    plain = bool(request.app[SETTINGS].allow_private_networks)
    try:
        document = read_list_form(values, may_use_plain_http=plain)
        tried = None
        if fields.text("do") != "save":
            tried = await _try(request, document, stored, is_test=fields.text("do") == "test")
    except FedinetError as error:
        form = Form(values).with_problems(problems_of(error, "url"))
        return _form(request, form, stored, status=422)
    if fields.text("do") == "test" and tried is not None:
        return _form(request, Form(values), stored, tried=tried)
    change = Change() if tried is None else change_of(tried.merged)
    if tried is None and stored is not None:
        change = await _change_by_settings(request, document)
    return await take(request, fields, _subscribing(request, document, values, tried, change))


async def _try(
    request: web.Request, document: ListDocument, stored: StoredList | None, *, is_test: bool
) -> Tried | None:
    """Ask for a list and say what would come of it. None: only settings change, nobody is asked."""
    known = None if stored is None else stored.document
    is_same = known is not None and (known.url, known.format) == (document.url, document.format)
    if is_same and not is_test:
        return None
    try:
        fetched = await fetch_list(request.app[FETCHER], document)
    except FedinetError as error:
        told = complaint_of(error)
        raise Unprocessable(str(error), public=told.sentence, values=told.values) from error
    if fetched is None:
        raise Unprocessable("304 without a mark", public=N_("Its answer makes no sense"))
    async with request.app[POOL].acquire() as conn:
        merged = await merged_now(
            conn,
            ours=ours(request),
            now=datetime.now(UTC),
            new=() if is_same else (document.name,),
            instead={document.name: document},
            entries={document.name: fetched},
        )
    told = await impact_of(request, Change(put=in_force(merged.put)))
    return Tried(fetched, merged, told)


async def _change_by_settings(request: web.Request, document: ListDocument) -> Change:
    """What a subscription's other settings do to rules in force, by what it said last."""
    changed = {document.name: document}
    async with request.app[POOL].acquire() as conn:
        merged = await merged_now(conn, ours=ours(request), now=datetime.now(UTC), instead=changed)
    return change_of(merged)


def _subscribing(
    request: web.Request,
    document: ListDocument,
    values: Mapping[str, str],
    tried: Tried | None,
    change: Change,
) -> Step:
    seen = int(values["seen"][:18]) if values["seen"].isdecimal() else 0

    async def act(tx: Tx, by: Steward) -> int:
        return await list_commands.put_seen_list(tx, document, seen=seen, ours=ours(request), by=by)

    async def again(conn: Conn) -> Mapping[str, str]:
        now = await lists_store.find_list(conn, document.name)
        return {"seen": "0" if now is None else str(now.version)}

    title = N_("Change the list %(name)s")
    if tried is not None:
        title = N_("The list %(name)s: %(count)d servers, of which %(drafts)d become drafts")
    return Step(
        path=EDIT,
        fields=values,
        title=title,
        values={
            "name": document.name,
            "count": 0 if tried is None else len(tried.fetched.reading.entries),
            "drafts": 0 if tried is None else drafts_in(tried.merged),
        },
        change=change,
        act=act,
        save=N_("Save"),
        back=LISTS,
        done=page_of(document.name),
        again=again,
    )


def _form(
    request: web.Request,
    form: Form,
    stored: StoredList | None,
    *,
    tried: Tried | None = None,
    status: int = 200,
) -> web.Response:
    return render(
        request,
        "federation/subscription_form.html",
        status=status,
        form=form,
        stored=stored,
        tried=tried,
        shown=[] if tried is None else tried.fetched.reading.entries[:_SHOWN],
        formats=FORMATS,
        severities=SEVERITIES,
        retractions=RETRACTIONS,
        turn_words=TURNS,
    )
