"""The client API about what a member is told, and how far they have read.

Source: https://docs.joinmastodon.org/methods/notifications/, methods/markers/
"""

from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.http.apps import ID, listed, row_id
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response, timestamp
from fedinet.http.paging import read_page
from fedinet.http.params import read_params
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.notifications import markers_store, store
from fedinet.notifications.entities import find_entity, render_notifications
from fedinet.notifications.model import Marker, Timeline
from fedinet.notifications.wanted import WORDS, read_wanted

routes = web.RouteTableDef()

_MAX_ID: Final = 2**63 - 1


@routes.get("/api/v1/notifications")
async def list_notifications(request: web.Request) -> web.Response:
    """The last first; ``types[]`` and ``exclude_types[]`` by Mastodon's words."""
    found = require_scope(request, "read:notifications")
    params = await read_params(request)
    page = read_page(request, default=40, most=80)
    wanted = read_wanted(params)
    async with request.app[POOL].acquire() as conn:
        told = await store.list_notifications(
            conn, found.viewer, page, kinds=wanted.kinds, by=wanted.by, filtered=wanted.filtered
        )
        entities = await render_notifications(request, conn, found.viewer, told)
    return listed(request, page, [one.id for one in told], entities)


@routes.get("/api/v1/notifications/unread_count")
async def count_unread(request: web.Request) -> web.Response:
    found = require_scope(request, "read:notifications")
    async with request.app[POOL].acquire() as conn:
        return json_response({"count": await store.count_unread(conn, found.viewer, kinds=WORDS)})


@routes.get("/api/v1/notifications/" + ID)
async def show_notification(request: web.Request) -> web.Response:
    found = require_scope(request, "read:notifications")
    async with request.app[POOL].acquire() as conn:
        entity = await find_entity(request, conn, found.viewer, row_id(request), filtered=True)
    if entity is None:
        raise NotFound(f"no notification {row_id(request)} of {found.username}")
    return json_response(entity)


@routes.post("/api/v1/notifications/clear")
@routes.post("/api/v2/notifications/clear")
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


def _marker(marker: Marker) -> dict[str, object]:
    return {
        "last_read_id": str(marker.last_read),
        "version": marker.version,
        "updated_at": timestamp(marker.updated_at),
    }
