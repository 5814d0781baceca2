"""The client API about reports.

Source: https://docs.joinmastodon.org/methods/reports/
"""

from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS, get_shown
from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL, URIS
from fedinet.http.json import json_response
from fedinet.http.params import read_params
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import PostId
from fedinet.moderation.entities import report_entity
from fedinet.moderation.model import MAX_POSTS, read_category
from fedinet.moderation.reporting import report

routes = web.RouteTableDef()


@routes.post("/api/v1/reports")
async def make_report(request: web.Request) -> web.Response:
    """Report an account and some of its posts; ``forward`` tells its server, without a name."""
    found = require_scope(request, "write:reports")
    params = await read_params(request)
    account_id = params.integer("account_id")
    if account_id is None or not 0 <= account_id < 2**63:
        raise NotFound(f"no account {account_id}")
    numbers = [number for number in params.integers("status_ids") if 0 <= number < 2**63]
    async with transaction(request.app[POOL]) as tx:
        target = await get_shown(tx, account_id)
        made = await report(
            tx,
            request.app[URIS],
            await get_actor(tx, found.actor_id),
            target,
            post_ids=[PostId(number) for number in numbers[:MAX_POSTS]],
            comment=params.text("comment"),
            category=read_category(params.text("category")),
            forward=params.flag("forward"),
            rule_ids=params.integers("rule_ids"),
        )
        account = await request.app[ACCOUNTS].render_one(tx, found.actor_id, target)
    return json_response(report_entity(made, account))
