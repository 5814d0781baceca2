"""The buttons under a post: thank, share, save and hear no more of it, and take back."""

from datetime import UTC, datetime

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.http.auth import require_member
from fedinet.http.context import POOL
from fedinet.http.params import read_form
from fedinet.http.redirects import safe_next, see_other
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import PostId
from fedinet.posts.own import missing
from fedinet.reactions import commands

routes = web.RouteTableDef()


@routes.post(r"/@{handle}/{id:[0-9]{1,18}}/acts")
async def act(request: web.Request) -> web.Response:
    """Do what the button says, and lead back to the list it stood in."""
    found = require_member(request)
    fields = await read_form(request)
    post_id = PostId(int(request.match_info["id"]))
    try:
        async with transaction(request.app[POOL]) as tx:
            actor = await get_actor(tx, found.actor_id)
            match fields.text("do"):
                case "thank":
                    await commands.like(tx, actor, post_id)
                case "unthank":
                    await commands.unlike(tx, actor, post_id)
                case "share":
                    await commands.boost(tx, actor, post_id, now=datetime.now(UTC))
                case "unshare":
                    await commands.unboost(tx, actor, post_id)
                case "save":
                    await commands.save(tx, actor, post_id)
                case "unsave":
                    await commands.unsave(tx, actor, post_id)
                case "mute":
                    await commands.mute_thread(tx, actor, post_id)
                case "unmute":
                    await commands.unmute_thread(tx, actor, post_id)
                case other:
                    raise Unprocessable(f"no such act: {other[:40]!r}")
    except NotFound:
        raise await missing(request, request.app[POOL]) from None
    return see_other(f"{safe_next(fields.text('next'))}#p{post_id}")
