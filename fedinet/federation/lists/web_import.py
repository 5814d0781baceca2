"""The pages by which a list of servers is brought in once, as drafts that do nothing; and out."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.federation.steps import Step, impact_of, ours, take
from fedinet.federation.words import TURNS, words_of_rule
from fedinet.http.auth import require_administrator
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.kernel.errors import FedinetError, NotFound, Unprocessable
from fedinet.kernel.problems import N_, Problem
from fedinet.policy import store
from fedinet.policy.commands import Steward
from fedinet.policy.document import RuleDocument
from fedinet.policy.lists.entries import (
    GRACE,
    Caps,
    Comparison,
    write_csv,
    write_entries,
    write_gotosocial,
    write_plain,
)
from fedinet.policy.lists.formats import decode, read_list
from fedinet.policy.lists.importing import Import, bring_in, change_of, lay_beside

routes = web.RouteTableDef()

IMPORT: Final = "/admin/policy/import"
THEIRS: Final = "/admin/policy/import/theirs"
_SHOWN: Final = 200
_MOST_CARRIED: Final = 400_000
"""Characters of differing entries that a form carries to the next page."""
_WRITERS: Final[Mapping[str, tuple[Callable[[Iterable[RuleDocument]], str], str]]] = (
    MappingProxyType(
        {
            "csv": (write_csv, "text/csv"),
            "json": (write_gotosocial, "application/json"),
            "txt": (write_plain, "text/plain"),
        }
    )
)


@routes.get(IMPORT)
async def show_import(request: web.Request) -> web.Response:
    """Where a list of servers is brought in."""
    require_administrator(request)
    return render(request, "federation/import.html", form=EMPTY_FORM, found=None)


@routes.post(IMPORT)
async def bring_in_list(request: web.Request) -> web.Response:
    """Take in a list as drafts; say what they would do in force, and what differs. Twice is once.

    One bad line changes nothing, unless ``skip_bad``.
    """
    me = require_administrator(request)
    fields = await read_form(request)
    form = Form({"skip_bad": fields.text("skip_bad")})
    try:
        name, text = _uploaded(fields)
        read = await asyncio.to_thread(read_list, text, strict=not fields.text("skip_bad"))
        by = Steward(name=f"@{me.username}", now=datetime.now(UTC), reason=f"Imported from {name}")
        async with transaction(request.app[POOL]) as tx:
            how = _how(request, by.reason)
            found = await bring_in(tx, read.entries, how, take=frozenset(), by=by)
    except FedinetError as error:
        told = form.with_problems([Problem.told_by(error, "file")])
        return render(request, "federation/import.html", status=422, form=told, found=None)
    carried = write_entries(one.entry for one in found.differing)
    return render(
        request,
        "federation/import.html",
        form=EMPTY_FORM,
        found=found,
        read=read,
        differing=_shown(found),
        carried=carried if len(carried) <= _MOST_CARRIED else "",
        note=by.reason,
        grace_days=GRACE.days,
        told=await impact_of(request, change_of(found.new)),
        turn_words=TURNS,
    )


@routes.post(THEIRS)
async def take_word(request: web.Request) -> web.Response:
    """Preview what the list says about servers that have a rule (``domain[]``, or all)."""
    require_administrator(request)
    fields = await read_form(request)
    read = await asyncio.to_thread(read_list, fields.text("theirs"))
    chosen = frozenset(fields.texts("domain"))
    entries = [one for one in read.entries if not chosen or one.domain in chosen]
    how = _how(request, fields.text("note")[:200])
    async with request.app[POOL].acquire() as conn:
        found = await lay_beside(conn, entries, how)

    async def act(tx: Tx, by: Steward) -> None:
        await bring_in(tx, [one.entry for one in found.differing], how, take=None, by=by)

    return await take(
        request,
        fields,
        Step(
            path=THEIRS,
            fields={"theirs": write_entries(entries), "note": how.note},
            title=N_("Take the list’s word about %(count)d servers"),
            values={"count": len(found.differing)},
            change=change_of((), found.differing),
            act=act,
            save=N_("Change these rules"),
            back=IMPORT,
        ),
    )


@routes.get("/admin/policy/export.{kind}")
async def take_out(request: web.Request) -> web.Response:
    """The rules about whole servers as others import them; no notes of stewards."""
    require_administrator(request)
    kind = request.match_info["kind"]
    if kind not in _WRITERS:
        raise NotFound(f"no export {kind[:20]!r}")
    write, content_type = _WRITERS[kind]
    async with request.app[POOL].acquire() as conn:
        rules = await store.all_rules(conn)
    return web.Response(
        text=write(rule.document for rule in rules),
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="policy.{kind}"'},
    )


def _how(request: web.Request, note: str) -> Import:
    now = datetime.now(UTC)
    return Import(caps=Caps(), note=note, draft=True, ours=ours(request), now=now)


def _uploaded(fields: Params) -> tuple[str, str]:
    """Name and text of the file.

    Raises:
        Unprocessable: there is none, or it is no text.
    """
    file = fields.file("file")
    if file is None:
        raise Unprocessable("no file", public=N_("Choose a file."))
    return file.filename[:100], decode(file.file.read())


def _shown(found: Comparison) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """The servers about which we and the list differ, with what each does."""
    return [
        (
            one.domain,
            words_of_rule(one.ours),
            () if one.theirs is None else words_of_rule(one.theirs),
        )
        for one in found.differing[:_SHOWN]
    ]
