"""The button under a poll: vote."""

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
from fedinet.polls import commands
from fedinet.polls.context import WHY_MISSING

routes = web.RouteTableDef()


@routes.post(r"/@{handle}/{id:[0-9]{1,18}}/vote")
async def vote(request: web.Request) -> web.Response:
    """Vote, and lead back to the list in which the poll stood.

    A vote that does not count leads to the poll's own page. ``?vote=`` tells it, and it says why
    by how it stands (``_poll.html``).
    """
    found = require_member(request)
    fields = await read_form(request)
    post_id = PostId(int(request.match_info["id"]))
    try:
        async with transaction(request.app[POOL]) as tx:
            voter = await get_actor(tx, found.actor_id)
            choices = fields.integers("choice")
            await commands.vote(tx, voter, post_id, choices, now=datetime.now(UTC))
    except Unprocessable:
        return see_other(f"{request.path.removesuffix('/vote')}?vote={post_id}#v{post_id}")
    except NotFound:
        raise await request.app[WHY_MISSING](request, request.app[POOL]) from None
    return see_other(f"{safe_next(fields.text('next'))}#p{post_id}")
