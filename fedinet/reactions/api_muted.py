"""The client API about conversations that a member mutes. Nobody else is ever told.

Source: https://docs.joinmastodon.org/methods/statuses/#mute
"""

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.http.apps import ID, row_id
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.reactions import commands
from fedinet.reactions.statuses import get_shown_status, render_one

routes = web.RouteTableDef()


@routes.post("/api/v1/statuses/" + ID + "/mute")
async def mute(request: web.Request) -> web.Response:
    return await _set_muted(request, muted=True)


@routes.post("/api/v1/statuses/" + ID + "/unmute")
async def unmute(request: web.Request) -> web.Response:
    return await _set_muted(request, muted=False)


async def _set_muted(request: web.Request, *, muted: bool) -> web.Response:
    """Any post of the conversation names it; the answer is the status as the address names it."""
    found = require_scope(request, "write:mutes")
    async with transaction(request.app[POOL]) as tx:
        shown = await get_shown_status(tx, found.viewer, row_id(request))
        change = commands.mute_thread if muted else commands.unmute_thread
        await change(tx, await get_actor(tx, found.actor_id), shown.post.id)
        return json_response(await render_one(request, tx, found.viewer, shown))
