"""The record of changes: found by server, person, kind and day; taken out; undone line by line."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from fedinet.db.query import Conn
from fedinet.federation.difference import difference
from fedinet.federation.words import ACTIONS
from fedinet.http.auth import require_steward
from fedinet.http.context import POOL
from fedinet.http.forms import Form
from fedinet.http.jsonl import stream_lines
from fedinet.http.pages import render
from fedinet.http.paging import read_before
from fedinet.http.zones import zone_of_reader
from fedinet.kernel.errors import FedinetError
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.kernel.uris import domain as domain_of
from fedinet.policy import commands
from fedinet.policy.audit_store import (
    EVERYTHING,
    OF_NO_RULE,
    AuditRow,
    Filter,
    as_data,
    list_audit,
    list_audit_up,
    newest_versions,
)

routes = web.RouteTableDef()

_PAGE: Final = 50
_ASKED: Final = ("domain", "by", "action", "since", "until")


@routes.get("/admin/policy/audit")
async def show_audit(request: web.Request) -> web.Response:
    """Who changed what, when and why; newest first."""
    me = require_steward(request)
    form, rows = Form(_asked(request)), list[AuditRow]()
    newest: Mapping[str, int] = {}
    try:
        wanted = _filter(form.values, zone_of_reader(request))
    except Invalid as error:
        form = form.with_problems(error.problems)
    else:
        async with request.app[POOL].acquire() as conn:
            before = read_before(request)
            rows = list(await list_audit(conn, wanted, before=before, limit=_PAGE))
            newest = await newest_versions(conn, {row.change.subject for row in rows})
    kept = {name: value for name, value in form.values.items() if value}
    older = ""
    if len(rows) == _PAGE:
        older = str(request.rel_url.with_query({**kept, "before": str(rows[-1].id)}))
    return render(
        request,
        "federation/audit.html",
        form=form,
        lines=[(row, difference(row.change)) for row in rows],
        undo=_undoable(rows, newest) if me.may_administer else {},
        actions=ACTIONS,
        export=str(request.rel_url.with_path("/admin/policy/audit.jsonl").with_query(kept)),
        older=older,
    )


@routes.get("/admin/policy/audit.jsonl")
async def export_audit(request: web.Request) -> web.StreamResponse:
    """The record, one JSON document a line, oldest first; whole, its chain can be checked."""
    require_steward(request)
    wanted = _filter(_asked(request), zone_of_reader(request))

    async def read(conn: Conn, after: int) -> Sequence[AuditRow]:
        return await list_audit_up(conn, wanted, after=after, limit=1000)

    return await stream_lines(
        request, "policy-audit.jsonl", read, key=lambda row: row.id, line=as_data
    )


def _asked(request: web.Request) -> Mapping[str, str]:
    return {name: request.query.get(name, "").strip()[:300] for name in _ASKED}


def _filter(asked: Mapping[str, str], zone: ZoneInfo) -> Filter:
    """Read what is looked for. Days begin and end on the clock by which the page tells moments.

    Raises:
        Invalid: no domain, or no day.
    """
    problems: list[Problem] = []
    domains, days = None, dict[str, datetime]()
    try:
        domains = (domain_of(asked["domain"]),) if asked["domain"] else None
    except FedinetError as error:
        problems.append(Problem.told_by(error, "domain"))
    for name, more in (("since", 0), ("until", 1)):
        try:
            if asked[name]:
                day = date.fromisoformat(asked[name][:10]) + timedelta(days=more)
                days[name] = datetime.combine(day, time.min, zone).astimezone(UTC)
        except (ValueError, OverflowError):
            problems.append(Problem(name, N_("Write a day like 2026-11-23.")))
    if problems:
        raise Invalid(*problems)
    if asked == dict.fromkeys(_ASKED, ""):
        return EVERYTHING
    return Filter(
        domains=domains,
        by=asked["by"] or None,
        action=asked["action"] or None,
        since=days.get("since"),
        until=days.get("until"),
    )


def _undoable(rows: Sequence[AuditRow], newest: Mapping[str, int]) -> Mapping[int, int]:
    """The lines that get a button, one for each change of which nothing has changed since.

    By the line's number: how many lines it takes back together, as far as the page shows them.
    """
    own = [row for row in rows if row.change.action not in OF_NO_RULE]
    stale = {
        row.policy_version
        for row in own
        if newest.get(row.change.subject, 0) > row.policy_version
        or not commands.may_undo(row.change.action)
    }
    first = {row.policy_version: row.id for row in reversed(own)}
    counts = Counter(row.policy_version for row in own)
    return {first[v]: counts[v] for v in counts if v not in stale}
