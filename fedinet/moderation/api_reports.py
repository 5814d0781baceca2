"""The admin API about reports.

Source: https://docs.joinmastodon.org/methods/admin/reports/
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.actors.keys import find_node_actor
from fedinet.charter.entities import rule_entities
from fedinet.charter.store import find_rules
from fedinet.db.pool import transaction
from fedinet.db.query import Conn, Tx
from fedinet.http.apps import ID, listed, row_id
from fedinet.http.auth import Member, require_desk
from fedinet.http.context import POOL, URIS
from fedinet.http.json import json_response
from fedinet.http.paging import read_page
from fedinet.http.params import read_params
from fedinet.kernel.ids import ActorId
from fedinet.moderation import reports_store
from fedinet.moderation.admin_entities import admin_report_entity
from fedinet.moderation.api_accounts import render_people
from fedinet.moderation.asking import acting
from fedinet.moderation.model import Report, as_read_by, read_category
from fedinet.moderation.people_store import find_people
from fedinet.moderation.reported_store import list_reported
from fedinet.moderation.reporting import (
    assign_report,
    change_subject,
    get_report,
    settle_report,
)
from fedinet.reactions.statuses import render_posts

routes = web.RouteTableDef()

_REPORTS: Final = "/api/v1/admin/reports"
_READ, _WRITE = "admin:read:reports", "admin:write:reports"
_USUAL, _MOST = 100, 200


@routes.get(_REPORTS)
async def list_reports(request: web.Request) -> web.Response:
    """What is open; ``resolved`` what is settled, with ``unresolved`` both."""
    found, page = require_desk(request, _READ), read_page(request, default=_USUAL, most=_MOST)
    params = await read_params(request)
    resolved: bool | None = params.flag("resolved")
    if resolved and params.flag("unresolved"):
        resolved = None
    of, by = params.integer("target_account_id"), params.integer("account_id")
    async with request.app[POOL].acquire() as conn:
        reports = await reports_store.list_wanted(
            conn,
            page,
            resolved=resolved,
            of=None if of is None else ActorId(of),
            by=None if by is None else ActorId(by),
            reader=found.actor_id,
        )
        entities = await _render(request, conn, found, reports)
    return listed(request, page, [report.id for report in reports], entities)


@routes.get(f"{_REPORTS}/{ID}")
async def show_report(request: web.Request) -> web.Response:
    found = require_desk(request, _READ)
    async with request.app[POOL].acquire() as conn:
        return await _answer(request, conn, found)


@routes.put(f"{_REPORTS}/{ID}")
async def change_report(request: web.Request) -> web.Response:
    """Say that it is about something else (``category``), or other house rules (``rule_ids``)."""
    found = require_desk(request, _WRITE)
    params = await read_params(request)
    async with transaction(request.app[POOL]) as tx:
        word = params.text("category")
        await change_subject(
            tx,
            row_id(request),
            by=acting(found),
            category=read_category(word) if word else None,
            rule_ids=params.integers("rule_ids") if "rule_ids" in params else None,
        )
        return await _answer(request, tx, found)


@routes.post(f"{_REPORTS}/{ID}/assign_to_self")
async def take(request: web.Request) -> web.Response:
    found = require_desk(request, _WRITE)
    async with transaction(request.app[POOL]) as tx:
        await assign_report(tx, row_id(request), found.actor_id, by=acting(found))
        return await _answer(request, tx, found)


@routes.post(f"{_REPORTS}/{ID}/unassign")
async def leave(request: web.Request) -> web.Response:
    found = require_desk(request, _WRITE)
    async with transaction(request.app[POOL]) as tx:
        await assign_report(tx, row_id(request), None, by=acting(found))
        return await _answer(request, tx, found)


@routes.post(f"{_REPORTS}/{ID}/resolve")
async def resolve(request: web.Request) -> web.Response:
    return await _settle(request, settled=True)


@routes.post(f"{_REPORTS}/{ID}/reopen")
async def reopen(request: web.Request) -> web.Response:
    return await _settle(request, settled=False)


async def _settle(request: web.Request, *, settled: bool) -> web.Response:
    found, now = require_desk(request, _WRITE), datetime.now(UTC)
    async with transaction(request.app[POOL]) as tx:
        await settle_report(tx, row_id(request), settled=settled, by=acting(found), now=now)
        return await _answer(request, tx, found)


async def _answer(request: web.Request, conn: Conn | Tx, found: Member) -> web.Response:
    report = await get_report(conn, row_id(request))
    return json_response((await _render(request, conn, found, [report]))[0])


async def _render(
    request: web.Request, conn: Conn, found: Member, reports: Sequence[Report]
) -> list[dict[str, object]]:
    """Admin::Reports. Posts are those that the steward reads in a report.

    Who reported the steward themselves is for the other stewards, as are words that would say it:
    the server stands for them, and for people who have left.
    """
    node = await find_node_actor(conn, request.app[URIS])
    named = {
        number
        for report in reports
        for number in (report.target_id, report.reporter_id, report.resolved_by, report.assigned_to)
        if number is not None
    }
    people = await find_people(conn, [*named, *([] if node is None else [node.id])])
    rendered = await render_people(request, conn, found, list(people.values()))
    reported = await list_reported(
        conn, found.viewer, [number for report in reports for number in report.post_ids]
    )
    posts = {number: one.post for number, one in reported.items()}
    statuses = dict(
        zip(posts, await render_posts(request, conn, found.viewer, posts.values()), strict=True)
    )
    rules = await find_rules(conn, {number for report in reports for number in report.rule_ids})
    entities: list[dict[str, object]] = []
    for report in reports:
        is_hidden = report.target_id == found.actor_id or report.reporter_id is None
        by = node.id if is_hidden and node is not None else report.reporter_id
        reporter = None if report.reporter_id is None else people.get(report.reporter_id)
        entities.append(
            admin_report_entity(
                as_read_by(report, found.actor_id, reporter and reporter.actor),
                rendered,
                rendered.get(report.target_id if by is None else by),
                [statuses[number] for number in report.post_ids if number in statuses],
                rule_entities(rule for rule in rules if rule.id in report.rule_ids),
            )
        )
    return entities
