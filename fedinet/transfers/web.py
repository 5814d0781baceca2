"""Settings: bringing along what one had elsewhere, and taking it to another server, as CSV."""

import asyncio
import csv
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.accounts.store import get_account
from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.follows.api_domains import our_domains
from fedinet.http.apps import ID, row_id
from fedinet.http.auth import Member, require_member
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.limits import Limit, count_attempt
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import FedinetError, NotFound, Unprocessable
from fedinet.kernel.problems import N_, Problem
from fedinet.kernel.tables import UnreadableList, decode_table
from fedinet.leaving.archive import Archive
from fedinet.leaving.csv_files import COLUMNS, heading, lines
from fedinet.media.context import LIBRARY
from fedinet.transfers import commands, store
from fedinet.transfers.model import (
    CALLED,
    FILES,
    MAX_BYTES,
    MAX_ROWS,
    SAYS,
    Import,
    Kind,
    Reading,
    State,
)
from fedinet.transfers.reading import read_import

routes = web.RouteTableDef()

PATH: Final = "/settings/import"
_UPLOADS: Final = Limit("imports", 30, timedelta(hours=1))
_SHOWN: Final = 100
"""Lines that failed, on the page; all of them are in the file."""
_AT_ONCE: Final = 500
_KINDS: Final = (("", N_("The file says it")), *((kind, CALLED[kind]) for kind in Kind))


@routes.get(PATH)
async def show_imports(request: web.Request) -> web.Response:
    """Bring a file, see what became of those before, and take files along."""
    return await _page(request, require_member(request), EMPTY_FORM)


@routes.post(PATH)
async def take_file(request: web.Request) -> web.Response:
    """Read a file; the next page says what is in it. Nothing happens yet.

    Raises:
        TooManyRequests: thirty in an hour.
    """
    member, now = require_member(request), datetime.now(UTC)
    fields = await read_form(request)
    form = Form({"kind": fields.text("kind")})
    pool = request.app[POOL]
    await count_attempt(pool, _UPLOADS, str(member.account_id), now=now)
    try:
        reading = await _read(request, member, fields)
        async with transaction(pool) as tx:
            made = await commands.prepare(tx, member.actor_id, reading, now=now)
    except Unprocessable as error:
        problem = Problem.told_by(error, "file")
        return await _page(request, member, form.with_problems([problem]), status=422)
    return see_other(f"{PATH}/{made.id}")


@routes.get(PATH + "/" + ID)
async def show_import(request: web.Request) -> web.Response:
    """What is in a file, how far it is, and what failed."""
    member = require_member(request)
    return await _import_page(request, await _own(request, member))


@routes.post(PATH + "/" + ID)
async def act_on_import(request: web.Request) -> web.Response:
    """Begin, stop, go on, or throw it away."""
    member, now = require_member(request), datetime.now(UTC)
    one = await _own(request, member)
    fields = await read_form(request)
    try:
        async with transaction(request.app[POOL]) as tx:
            match fields.text("do"):
                case "begin":
                    over = fields.text("mode") == "overwrite"
                    await commands.begin(tx, member.actor_id, one.id, overwrite=over, now=now)
                case "stop":
                    await commands.stop(tx, member.actor_id, one.id, now=now)
                case "throw-away":
                    await commands.throw_away(tx, member.actor_id, one.id)
                    return see_other(PATH)
                case other:
                    raise Unprocessable(f"no such act on an import: {other[:40]!r}")
    except FedinetError as error:
        form = Form(problems=(Problem.told_by(error, "do"),))
        return await _import_page(request, one, form, status=error.status)
    return see_other(f"{PATH}/{one.id}")


@routes.get(PATH + "/" + ID + "/failed.csv")
async def send_failed(request: web.Request) -> web.StreamResponse:
    """The lines that failed, as they were written: to mend and bring again."""
    one = await _own(request, require_member(request))
    return await _send(request, f"failed_{FILES[one.kind]}", _failed(request, one))


@routes.get(PATH + "/export/{name}.csv")
async def send_table(request: web.Request) -> web.StreamResponse:
    """One table of the archive by itself, as Mastodon writes and reads it."""
    member = require_member(request)
    name = f"{request.match_info['name']}.csv"
    if name not in COLUMNS:
        raise NotFound(f"no table {name[:60]!r}")
    async with request.app[POOL].acquire() as conn:
        archive = Archive(
            pool=request.app[POOL],
            store=request.app[LIBRARY].files,
            actor=await get_actor(conn, member.actor_id),
            account=await get_account(conn, member.account_id),
            readme="",
        )
    return await _send(request, name, archive.table(name))


async def _read(request: web.Request, member: Member, fields: Params) -> Reading:
    file = fields.file("file")
    if file is None:
        raise UnreadableList.saying(N_("Choose a file first."))
    chosen = fields.text("kind")
    if chosen and chosen not in set(Kind):
        raise Unprocessable(f"no such kind of import: {chosen[:40]!r}")
    raw = await asyncio.to_thread(file.file.read, MAX_BYTES + 1)
    ours = our_domains(request)

    def read() -> Reading:
        return read_import(
            decode_table(raw, max_bytes=MAX_BYTES),
            kind=Kind(chosen) if chosen else None,
            file_name=file.filename or "",
            ours=ours,
            username=member.username,
        )

    return await asyncio.to_thread(read)


async def _own(request: web.Request, member: Member) -> Import:
    one = await store.find_import(request.app[POOL], member.actor_id, row_id(request))
    if one is None:
        raise NotFound(f"no import {row_id(request)} of {member.actor_id}")
    return one


async def _failed(request: web.Request, one: Import) -> AsyncIterator[bytes]:
    yield heading(FILES[one.kind])
    after = 0
    while True:
        rows = await store.list_failed(request.app[POOL], one.id, after=after, limit=_AT_ONCE)
        # Each by itself: one that was cut off inside quotation marks takes no other along.
        yield lines(cells for row in rows for cells in csv.reader([row.raw]))
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].line


async def _send(
    request: web.Request, name: str, pieces: AsyncIterator[bytes]
) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        }
    )
    await response.prepare(request)
    async for piece in pieces:
        await response.write(piece)
    await response.write_eof()
    return response


async def _page(
    request: web.Request, member: Member, form: Form, *, status: int = 200
) -> web.Response:
    async with request.app[POOL].acquire() as conn:
        imports = await store.list_imports(conn, member.actor_id)
        counts = {one.id: await store.count_rows(conn, one.id) for one in imports}
    return render(
        request,
        "transfers/imports.html",
        status=status,
        form=form,
        saved=False,
        imports=[(one, counts[one.id]) for one in imports],
        called=CALLED,
        kinds=_KINDS,
        files=FILES,
        most=MAX_ROWS,
    )


async def _import_page(
    request: web.Request, one: Import, form: Form = EMPTY_FORM, *, status: int = 200
) -> web.Response:
    async with request.app[POOL].acquire() as conn:
        counts = await store.count_rows(conn, one.id)
        failed = await store.list_failed(conn, one.id, limit=_SHOWN)
    return render(
        request,
        "transfers/import.html",
        status=status,
        form=form,
        saved=False,
        one=one,
        counts=counts,
        failed=failed,
        called=CALLED,
        says=SAYS,
        waits_for_yes=one.state is State.READY,
    )
