"""The client API about what a member is told, in groups.

Source: https://docs.joinmastodon.org/methods/grouped_notifications/
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS
from fedinet.actors.store import find_actors
from fedinet.audiences.model import Viewer
from fedinet.db.pool import transaction
from fedinet.db.query import Conn
from fedinet.http.apps import listed
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.http.paging import link_header, read_page
from fedinet.http.params import read_params
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.paging import Page
from fedinet.notifications import grouped_store, markers_store, store
from fedinet.notifications.grouped_entities import render_groups
from fedinet.notifications.model import ALONE, Notification, Timeline
from fedinet.notifications.wanted import WORDS, read_wanted

routes = web.RouteTableDef()

_ROOT: Final = "/api/v2/notifications"
_GROUP: Final = _ROOT + r"/{key:[a-z_.]{1,40}-[0-9]{1,18}(?:-[0-9]{1,18})?}"
_MOST_COUNTED: Final = 1000
_LAST: Final = 2**63 - 1


@routes.get(_ROOT)
async def list_groups(request: web.Request) -> web.Response:
    """What happened, newest first; what belongs together is one.

    Raises:
        Unprocessable: ``expand_accounts`` is neither ``full`` nor ``partial_avatars``.
    """
    found = require_scope(request, "read:notifications")
    params = await read_params(request)
    page, wanted = read_page(request, default=40, most=80), read_wanted(params)
    expand = params.text("expand_accounts") or "full"
    if expand not in ("full", "partial_avatars"):
        raise Unprocessable(
            f"accounts as {expand[:40]!r}", public="expand_accounts is full or partial_avatars"
        )
    async with request.app[POOL].acquire() as conn:
        told = await grouped_store.list_grouped(conn, found.viewer, page, wanted)
        figures = await grouped_store.list_figures(
            conn, found.viewer, told, *_stretch(page, told), filtered=wanted.filtered
        )
        result = await render_groups(
            request, conn, found.viewer, told, figures, partial=expand == "partial_avatars"
        )
    return json_response(result, headers=link_header(request, page, [one.id for one in told]))


@routes.get(_ROOT + "/unread_count")
async def count_unread(request: web.Request) -> web.Response:
    """Groups that are newer than the marker: at most ``limit``, 100 if it is not given."""
    found = require_scope(request, "read:notifications")
    wanted = read_wanted(await read_params(request))
    limit = read_page(request, default=100, most=_MOST_COUNTED).limit
    async with request.app[POOL].acquire() as conn:
        marker = (await markers_store.list_markers(conn, found.actor_id)).get(
            Timeline.NOTIFICATIONS
        )
        page = Page(limit=limit, since_id=None if marker is None else marker.last_read)
        told = await grouped_store.list_grouped(conn, found.viewer, page, wanted)
    return json_response({"count": len(told)})


@routes.get(_GROUP)
async def show_group(request: web.Request) -> web.Response:
    found, key = require_scope(request, "read:notifications"), request.match_info["key"]
    async with request.app[POOL].acquire() as conn:
        told = await _find(conn, found.viewer, key)
        if told is None or told.kind not in WORDS:
            raise NotFound(f"no notifications {key} of {found.username}")
        figures = await grouped_store.list_figures(conn, found.viewer, [told], 0, _LAST)
        result = await render_groups(request, conn, found.viewer, [told], figures)
    if not result["notification_groups"]:
        raise NotFound(f"what {key} is about is not there any more")
    return json_response(result)


@routes.get(_GROUP + "/accounts")
async def list_accounts(request: web.Request) -> web.Response:
    """Who is behind a group, the last one first, each once in a page."""
    found, key = require_scope(request, "read:notifications"), request.match_info["key"]
    page = read_page(request, default=40, most=80)
    async with request.app[POOL].acquire() as conn:
        if key.startswith(ALONE):
            one = await _find(conn, found.viewer, key)
            told = [] if one is None or one.kind not in WORDS else [one]
        else:
            told = await grouped_store.list_of_group(conn, found.viewer, key, page)
        ids = dict.fromkeys(one.actor_id for one in told)
        actors = await find_actors(conn, ids)
        accounts = await request.app[ACCOUNTS].render(conn, found.actor_id, actors.values())
    return listed(
        request, page, [one.id for one in told], [accounts[i] for i in ids if i in accounts]
    )


@routes.post(_GROUP + "/dismiss")
async def dismiss_group(request: web.Request) -> web.Response:
    """Put a group away. One that is not there is put away already."""
    found, key = require_scope(request, "write:notifications"), request.match_info["key"]
    async with transaction(request.app[POOL]) as tx:
        if key.startswith(ALONE):
            await store.dismiss(tx, found.actor_id, _number(key))
        else:
            await grouped_store.dismiss_group(tx, found.actor_id, key)
    return json_response({})


async def _find(conn: Conn, owner: Viewer, key: str) -> Notification | None:
    if not key.startswith(ALONE):
        return await grouped_store.find_group(conn, owner, key)
    one = await store.find_notification(conn, owner, _number(key), filtered=True)
    return None if one is None else replace(one, group_key=None)


def _number(key: str) -> int:
    return int(key.removeprefix(ALONE).partition("-")[0])


def _stretch(page: Page, told: Sequence[Notification]) -> tuple[int, int]:
    """The first and the last id that a page stands for; the last page goes on to the end."""
    if not told:
        return 0, 0
    oldest, newest = told[-1].id, told[0].id
    if len(told) < page.limit:
        if page.is_ascending:
            newest = _LAST if page.max_id is None else page.max_id - 1
        else:
            oldest = 0 if page.newer_than is None else page.newer_than + 1
    return oldest, newest
