"""The button that shows a post of one's own first on one's page, or no more."""

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.http.auth import require_member
from fedinet.http.context import POOL
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import PostId
from fedinet.pins import commands
from fedinet.posts.own import missing

routes = web.RouteTableDef()


@routes.post(r"/@{handle}/{id:[0-9]{1,18}}/pin")
async def pin(request: web.Request) -> web.Response:
    """Do what the button says, and show the page where it can be seen. Twice is as good as once."""
    found = require_member(request)
    fields = await read_form(request)
    post_id = PostId(int(request.match_info["id"]))
    try:
        async with transaction(request.app[POOL]) as tx:
            actor = await get_actor(tx, found.actor_id)
            match fields.text("do"):
                case "pin":
                    await commands.pin(tx, actor, post_id)
                case "unpin":
                    await commands.unpin(tx, actor, post_id)
                case other:
                    raise Unprocessable(f"no such act: {other[:40]!r}")
    except NotFound:
        raise await missing(request, request.app[POOL]) from None
    return see_other(f"/@{found.username}")
