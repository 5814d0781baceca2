"""The client API about the community's own emoji. Open to everybody.

Source: https://docs.joinmastodon.org/methods/custom_emojis/
"""

from aiohttp import web

from fedinet.emojis.model import own_entity
from fedinet.emojis.own_store import list_own
from fedinet.http.context import POOL, URIS
from fedinet.http.json import json_response

routes = web.RouteTableDef()


@routes.get("/api/v1/custom_emojis")
async def list_emojis(request: web.Request) -> web.Response:
    """All of them, those that pickers hide too."""
    origin = str(request.app[URIS].origin)
    return json_response([own_entity(own, origin) for own in await list_own(request.app[POOL])])
