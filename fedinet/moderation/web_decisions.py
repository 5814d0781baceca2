"""The stewards' list of everything done about people: found by steward and kind; taken out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors
from fedinet.db.query import Conn
from fedinet.http.auth import require_steward
from fedinet.http.context import POOL
from fedinet.http.forms import Form
from fedinet.http.jsonl import stream_lines
from fedinet.http.pages import render
from fedinet.http.paging import read_page
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import Page
from fedinet.moderation.acts_store import list_acts
from fedinet.moderation.rights import Act, DoneAct, as_read_by
from fedinet.moderation.words import ROLES_SAID, SAID_TO_STEWARDS

routes = web.RouteTableDef()
_AT_A_TIME: Final = 500
_Line: TypeAlias = tuple[DoneAct, Actor | None]
"""What was done, and to whom."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which acts are looked for: of one kind, by one steward as they were called then."""

    act: Act | None
    by: str | None


@routes.get("/admin/decisions")
async def list_decisions(request: web.Request) -> web.Response:
    """Who did what about whom, when and why; newest first."""
    found = require_steward(request)
    form, page = Form(_asked(request)), read_page(request)
    async with request.app[POOL].acquire() as conn:
        lines = await _read(conn, _wanted(form.values), page, found.actor_id)
    kept = {name: value for name, value in form.values.items() if value}
    older = ""
    if len(lines) == page.limit:
        older = str(request.rel_url.with_query({**kept, "max_id": str(lines[-1][0].id)}))
    return render(
        request,
        "moderation/decisions.html",
        form=form,
        lines=lines,
        said=SAID_TO_STEWARDS,
        roles=ROLES_SAID,
        export=str(request.rel_url.with_path("/admin/decisions.jsonl").with_query(kept)),
        older=older,
    )


@routes.get("/admin/decisions.jsonl")
async def export_decisions(request: web.Request) -> web.StreamResponse:
    """The same, one JSON document a line, oldest first."""
    me = require_steward(request)
    wanted = _wanted(_asked(request))

    async def read(conn: Conn, after: int) -> Sequence[_Line]:
        found = await _read(conn, wanted, Page(limit=_AT_A_TIME, min_id=after), me.actor_id)
        return list(reversed(found))

    return await stream_lines(
        request, "decisions.jsonl", read, key=lambda row: row[0].id, line=_as_data
    )


async def _read(conn: Conn, wanted: _Wanted, page: Page, reader: ActorId) -> list[_Line]:
    acts = await list_acts(conn, page, act=wanted.act, by=wanted.by)
    people = await find_actors(conn, {done.target_id for done in acts})
    return [(as_read_by(done, reader), people.get(done.target_id)) for done in acts]


def _as_data(row: _Line) -> Mapping[str, object]:
    done, target = row
    return {
        "id": str(done.id),
        "at": done.at,
        "act": done.act,
        "detail": done.detail,
        "target": None if target is None else target.uri,
        "by": done.by_whom,
        "reason": done.reason,
        "report": None if done.report_id is None else str(done.report_id),
    }


def _asked(request: web.Request) -> Mapping[str, str]:
    return {
        name: request.query.get(name, "").replace("\0", "").strip()[:300] for name in ("act", "by")
    }


def _wanted(asked: Mapping[str, str]) -> _Wanted:
    """An act that is none: as if none were asked for."""
    act = next((one for one in Act if one == asked["act"]), None)
    return _Wanted(act, asked["by"] or None)
