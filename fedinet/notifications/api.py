"""The client API about what a member is told, and how far they have read.

Source: https://docs.joinmastodon.org/methods/notifications/, methods/markers/
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS
from fedinet.actors.store import find_actors
from fedinet.audiences.model import Viewer
from fedinet.db.pool import transaction
from fedinet.db.query import Conn
from fedinet.desk.store import find_matters
from fedinet.follows.cuts_store import find_cuts
from fedinet.http.apps import ID, listed, row_id
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response, timestamp
from fedinet.http.paging import read_page
from fedinet.http.params import Params, read_params
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.moderation.entities import report_entity
from fedinet.moderation.reports_store import find_reports
from fedinet.notifications import markers_store, store
from fedinet.notifications.model import Kind, Marker, Notification, Timeline
from fedinet.posts.store import list_visible
from fedinet.reactions.statuses import render_posts

routes = web.RouteTableDef()

_WORDS: Final[Mapping[Kind, str]] = {
    Kind.MENTION: "mention",
    Kind.REPLY: "mention",
    Kind.FOLLOW: "follow",
    Kind.FOLLOW_REQUEST: "follow_request",
    Kind.LIKE: "favourite",
    Kind.REACTION: "favourite",
    Kind.BOOST: "reblog",
    Kind.EDIT: "update",
    Kind.QUOTE: "quote",
    Kind.POLL: "poll",
    Kind.SIGN_UP: "admin.sign_up",
    Kind.REPORT: "admin.report",
    Kind.SEVERED: "severed_relationships",
}
"""Matters of the stewards' desk, but for reports, have no word that apps know."""
_MAX_ID: Final = 2**63 - 1


@routes.get("/api/v1/notifications")
async def list_notifications(request: web.Request) -> web.Response:
    """The last first; ``types[]`` and ``exclude_types[]`` by Mastodon's words."""
    found = require_scope(request, "read:notifications")
    params = await read_params(request)
    page = read_page(request, default=40, most=80)
    by = params.integer("account_id")
    if by is not None and not 0 <= by <= _MAX_ID:
        return json_response([])
    async with request.app[POOL].acquire() as conn:
        told = await store.list_notifications(
            conn,
            found.viewer,
            page,
            kinds=_kinds(params),
            by=None if by is None else ActorId(by),
        )
        entities = await _render(request, conn, found.viewer, told)
    return listed(request, page, [one.id for one in told], entities)


@routes.get("/api/v1/notifications/unread_count")
async def count_unread(request: web.Request) -> web.Response:
    found = require_scope(request, "read:notifications")
    async with request.app[POOL].acquire() as conn:
        return json_response({"count": await store.count_unread(conn, found.viewer, kinds=_WORDS)})


@routes.get("/api/v1/notifications/" + ID)
async def show_notification(request: web.Request) -> web.Response:
    found = require_scope(request, "read:notifications")
    async with request.app[POOL].acquire() as conn:
        told = await store.find_notification(conn, found.viewer, row_id(request))
        entities = [] if told is None else await _render(request, conn, found.viewer, [told])
    if not entities:
        raise NotFound(f"no notification {row_id(request)} of {found.username}")
    return json_response(entities[0])


@routes.post("/api/v1/notifications/clear")
async def clear(request: web.Request) -> web.Response:
    found = require_scope(request, "write:notifications")
    async with transaction(request.app[POOL]) as tx:
        await store.dismiss_all(tx, found.actor_id)
    return json_response({})


@routes.post("/api/v1/notifications/" + ID + "/dismiss")
async def dismiss(request: web.Request) -> web.Response:
    found = require_scope(request, "write:notifications")
    async with transaction(request.app[POOL]) as tx:
        if not await store.dismiss(tx, found.actor_id, row_id(request)):
            raise NotFound(f"no notification {row_id(request)} of {found.username}")
    return json_response({})


@routes.get("/api/v1/markers")
async def show_markers(request: web.Request) -> web.Response:
    """How far the member has read the timelines that ``timeline[]`` names."""
    found = require_scope(request, "read:statuses")
    wanted = (await read_params(request)).texts("timeline")
    async with request.app[POOL].acquire() as conn:
        markers = await markers_store.list_markers(conn, found.actor_id)
    return json_response(
        {name: _marker(marker) for name, marker in markers.items() if name in wanted}
    )


@routes.post("/api/v1/markers")
async def set_markers(request: web.Request) -> web.Response:
    """Remember ``home[last_read_id]`` and ``notifications[last_read_id]``.

    Raises:
        Unprocessable: what is read last is no id.
    """
    found = require_scope(request, "write:statuses")
    params = await read_params(request)
    read: dict[Timeline, int] = {}
    for timeline in Timeline:
        last = params.mapping(timeline).integer("last_read_id")
        if last is None:
            continue
        if not 0 <= last <= _MAX_ID:
            raise Unprocessable(f"marker at {last}", public="last_read_id is not an id")
        read[timeline] = last
    async with transaction(request.app[POOL]) as tx:
        markers = {
            timeline: await markers_store.set_marker(tx, found.actor_id, timeline, last)
            for timeline, last in read.items()
        }
    return json_response({name: _marker(marker) for name, marker in markers.items()})


async def _render(
    request: web.Request, conn: Conn, owner: Viewer, told: Sequence[Notification]
) -> list[dict[str, object]]:
    """Notification entities; one whose post was deleted meanwhile is left out."""
    post_ids = [one.post_id for one in told if one.post_id is not None]
    posts = await list_visible(conn, owner, post_ids) if post_ids else {}
    statuses: dict[int, msgspec.Raw] = {}
    if posts:
        rendered = await render_posts(request, conn, owner, posts.values())
        statuses = dict(zip(posts, rendered, strict=True))
    actors = await find_actors(conn, [one.actor_id for one in told])
    accounts = await request.app[ACCOUNTS].render(conn, owner.actor_id, actors.values())
    reports = await _reports(request, conn, owner, told)
    events = await _events(conn, told)
    return [
        _entity(one, accounts[one.actor_id])
        | ({} if one.post_id is None else {"status": statuses[one.post_id]})
        | ({} if one.kind is not Kind.REPORT else {"report": reports[one.id]})
        | ({} if one.kind is not Kind.SEVERED else {"event": events[one.id]})
        for one in told
        if one.actor_id in accounts
        and (one.post_id is None or one.post_id in statuses)
        and (one.kind is not Kind.REPORT or one.id in reports)
        and (one.kind is not Kind.SEVERED or one.id in events)
    ]


async def _events(conn: Conn, told: Sequence[Notification]) -> dict[int, dict[str, object]]:
    """What rules did to follows, by notification.

    Source: https://docs.joinmastodon.org/entities/RelationshipSeveranceEvent/
    """
    about = {o.id: o.about_id for o in told if o.kind is Kind.SEVERED and o.about_id is not None}
    if not about:
        return {}
    cuts = await find_cuts(conn, about.values())
    return {
        number: {
            "id": str(cut.id),
            "type": "domain_block",
            "purged": False,
            "target_name": cut.domain,
            "followers_count": cut.followers,
            "following_count": cut.following,
            "created_at": timestamp(cut.at),
        }
        for number, cut_id in about.items()
        if (cut := cuts.get(cut_id)) is not None
    }


async def _reports(
    request: web.Request, conn: Conn, owner: Viewer, told: Sequence[Notification]
) -> dict[int, dict[str, object]]:
    """The reports that stewards are told of, by notification."""
    about = {
        one.id: one.about_id for one in told if one.kind is Kind.REPORT and one.about_id is not None
    }
    if not about:
        return {}
    matters = await find_matters(conn, about.values())
    found = await find_reports(conn, [int(matter.subject) for matter in matters.values()])
    targets = await find_actors(conn, [report.target_id for report in found.values()])
    accounts = await request.app[ACCOUNTS].render(conn, owner.actor_id, targets.values())
    entities: dict[int, dict[str, object]] = {}
    for told_id, matter_id in about.items():
        report = found.get(int(matters[matter_id].subject)) if matter_id in matters else None
        if report is not None and report.target_id in accounts:
            entities[told_id] = report_entity(report, accounts[report.target_id])
    return entities


def _entity(told: Notification, account: msgspec.Raw) -> dict[str, object]:
    return {
        "id": str(told.id),
        "type": _WORDS[told.kind],
        "created_at": timestamp(told.created_at),
        "group_key": f"ungrouped-{told.id}",
        "account": account,
    }


def _marker(marker: Marker) -> dict[str, object]:
    return {
        "last_read_id": str(marker.last_read),
        "version": marker.version,
        "updated_at": timestamp(marker.updated_at),
    }


def _kinds(params: Params) -> list[Kind]:
    """The kinds asked for, else all that apps know. Words that nobody here knows name nothing."""
    wanted, unwanted = params.texts("types"), params.texts("exclude_types")
    return [
        kind
        for kind, word in _WORDS.items()
        if (not wanted or word in wanted) and word not in unwanted
    ]
