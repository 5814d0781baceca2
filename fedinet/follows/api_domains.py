"""The client API about servers that a member keeps away.

Source: https://docs.joinmastodon.org/methods/domain_blocks/
"""

from typing import Final

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.follows import domain_blocking
from fedinet.follows.domain_blocks_store import count_ties, list_domain_blocks
from fedinet.http.apps import listed
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL, SETTINGS, URIS
from fedinet.http.json import json_response
from fedinet.http.paging import read_page
from fedinet.http.params import read_params
from fedinet.kernel.ids import Domain

routes = web.RouteTableDef()
_DEFAULT: Final = 100
_MOST: Final = 200


@routes.get("/api/v1/domain_blocks")
async def list_blocks(request: web.Request) -> web.Response:
    """Their domains, the last added first."""
    found = require_scope(request, "read:blocks")
    page = read_page(request, default=_DEFAULT, most=_MOST)
    async with request.app[POOL].acquire() as conn:
        rows = await list_domain_blocks(conn, found.actor_id, page)
    return listed(request, page, [cursor for cursor, _ in rows], [name for _, name in rows])


@routes.get("/api/v1/domain_blocks/preview")
async def preview(request: web.Request) -> web.Response:
    """How many follows would end. Source: Mastodon 4.4 ``domain_blocks/previews_controller.rb``."""
    found = require_scope(request, "write:blocks")
    server = domain_blocking.read_server((await read_params(request)).text("domain"))
    async with request.app[POOL].acquire() as conn:
        ties = await count_ties(conn, found.actor_id, server)
    return json_response({"following_count": ties.following, "followers_count": ties.followers})


@routes.post("/api/v1/domain_blocks")
async def keep_away(request: web.Request) -> web.Response:
    found = require_scope(request, "write:blocks")
    server = domain_blocking.read_server((await read_params(request)).text("domain"))
    async with transaction(request.app[POOL]) as tx:
        member = await get_actor(tx, found.actor_id)
        await domain_blocking.keep_away(tx, member, server, ours=our_domains(request))
    return json_response({})


@routes.delete("/api/v1/domain_blocks")
async def let_back(request: web.Request) -> web.Response:
    found = require_scope(request, "write:blocks")
    server = domain_blocking.read_server((await read_params(request)).text("domain"))
    async with transaction(request.app[POOL]) as tx:
        await domain_blocking.let_back(tx, await get_actor(tx, found.actor_id), server)
    return json_response({})


def our_domains(request: web.Request) -> frozenset[Domain]:
    """Both name us: that of the handles, and that of the addresses."""
    return frozenset({request.app[SETTINGS].account_domain, request.app[URIS].origin.domain})
