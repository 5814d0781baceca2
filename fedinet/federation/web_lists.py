"""The page by which a list of servers is brought in, as drafts that do nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.federation.steps import impact_of, ours
from fedinet.federation.words import TURNS
from fedinet.http.auth import require_administrator
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.kernel.errors import FedinetError, Unprocessable
from fedinet.kernel.problems import N_, Problem
from fedinet.policy import commands, store
from fedinet.policy.commands import Steward
from fedinet.policy.document import RuleDocument
from fedinet.policy.lists import Entry, new_rules, read_list, write_csv
from fedinet.policy.preview import Change, in_force

routes = web.RouteTableDef()

IMPORT = "/admin/policy/import"


@routes.get(IMPORT)
async def show_import(request: web.Request) -> web.Response:
    """Where a list of servers is brought in."""
    require_administrator(request)
    return render(request, "federation/import.html", form=EMPTY_FORM, made=None)


@routes.post(IMPORT)
async def bring_in(request: web.Request) -> web.Response:
    """Take in a list as drafts, and say what they would do in force. Twice is once."""
    me = require_administrator(request)
    fields = await read_form(request)
    try:
        name, text = _uploaded(fields)
        entries, unread = read_list(text)
        by = Steward(name=f"@{me.username}", now=datetime.now(UTC), reason=f"Imported from {name}")
        made = await _make_drafts(request, entries, by)
    except FedinetError as error:
        form = Form({}, (Problem.told_by(error, "file"),))
        return render(request, "federation/import.html", status=422, form=form, made=None)
    return render(
        request,
        "federation/import.html",
        form=EMPTY_FORM,
        made=made,
        kept=len(entries) - len(made),
        unread=unread,
        impact=await impact_of(request, Change(put=in_force(made))),
        turn_words=TURNS,
    )


@routes.get("/admin/policy/export.csv")
async def take_out(request: web.Request) -> web.Response:
    """The rules about whole servers as the CSV that Mastodon imports; no notes of stewards."""
    require_administrator(request)
    async with request.app[POOL].acquire() as conn:
        rules = await store.all_rules(conn)
    return web.Response(
        text=write_csv(rule.document for rule in rules),
        content_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="policy.csv"'},
    )


def _uploaded(fields: Params) -> tuple[str, str]:
    """Name and text of the file.

    Raises:
        Unprocessable: there is none, or it is no text.
    """
    file = fields.file("file")
    if file is None:
        raise Unprocessable("no file", public=N_("Choose a file."))
    try:
        return file.filename[:100], file.file.read().decode()
    except UnicodeDecodeError as error:
        raise Unprocessable("not UTF-8", public=N_("This is not a text file.")) from error


async def _make_drafts(
    request: web.Request, entries: Sequence[Entry], by: Steward
) -> list[RuleDocument]:
    async with transaction(request.app[POOL]) as tx:
        await store.lock_policy(tx)
        known = {rule.key: rule.document for rule in await store.all_rules(tx)}
        made = new_rules(entries, known, note=by.reason, draft=True)
        await commands.put_rules(tx, made, ours=ours(request), by=by)
    return made
