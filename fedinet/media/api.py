"""The client API about files: upload, look, describe, take back.

Source: https://docs.joinmastodon.org/methods/media/
"""

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.http.allowance import UPLOADS, spend_rare
from fedinet.http.apps import ID, row_id
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL, URIS
from fedinet.http.json import json_response
from fedinet.http.params import read_params
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.media import commands
from fedinet.media.api_form import read_focus
from fedinet.media.context import LIBRARY
from fedinet.media.entities import media_entity
from fedinet.media.store import list_own

routes = web.RouteTableDef()
_SCOPE = "write:media"


@routes.post("/api/v2/media")
@routes.post("/api/v1/media")
async def upload(request: web.Request) -> web.Response:
    """Take a file in. It is ready at once: nobody has to ask again."""
    found = require_scope(request, _SCOPE)
    await spend_rare(request, UPLOADS, str(found.account_id))
    params = await read_params(request)
    file = params.file("file")
    if file is None:
        raise Unprocessable("no file", public="Validation failed: File can't be blank")
    media = await request.app[LIBRARY].upload(
        found.actor_id,
        file.file,
        description=params.text("description"),
        focus=read_focus(params.text("focus")),
    )
    return json_response(media_entity(media, request.app[URIS]))


@routes.get("/api/v1/media/" + ID)
async def show(request: web.Request) -> web.Response:
    """One's own file, until it is published."""
    found = require_scope(request, _SCOPE, "read:statuses")
    async with request.app[POOL].acquire() as conn:
        media = (await list_own(conn, found.actor_id, [row_id(request)])).get(row_id(request))
    if media is None or media.post_id is not None:
        raise NotFound(f"no free file {row_id(request)}")
    return json_response(media_entity(media, request.app[URIS]))


@routes.put("/api/v1/media/" + ID)
async def describe(request: web.Request) -> web.Response:
    """Change the description or the focal point, until it is published."""
    found = require_scope(request, _SCOPE)
    params = await read_params(request)
    focus = params.text("focus", None)
    async with transaction(request.app[POOL]) as tx:
        media = await commands.describe(
            tx,
            found.actor_id,
            row_id(request),
            description=params.text("description", None),
            focus=None if focus is None else read_focus(focus),
        )
    return json_response(media_entity(media, request.app[URIS]))


@routes.delete("/api/v1/media/" + ID)
async def discard(request: web.Request) -> web.Response:
    """Take a file back that is in no post."""
    found = require_scope(request, _SCOPE)
    async with transaction(request.app[POOL]) as tx:
        await commands.discard(tx, found.actor_id, row_id(request))
    return json_response({})
