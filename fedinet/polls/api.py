"""The client API about polls. A poll has the id of its post.

Source: https://docs.joinmastodon.org/methods/polls/
"""

from datetime import UTC, datetime

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.audiences.model import Viewer
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.emojis.model import entity as emoji_entity
from fedinet.http.apps import ID, reader, row_id
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL, URIS
from fedinet.http.json import json_response
from fedinet.http.params import read_params
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import PostId
from fedinet.polls import commands, store
from fedinet.polls.entities import entity
from fedinet.polls.promises import look_at_poll

routes = web.RouteTableDef()


@routes.get("/api/v1/polls/" + ID)
async def show_poll(request: web.Request) -> web.Response:
    """Read a poll. One of another server is asked for anew, now and then, for members."""
    asking = reader(request, "read:statuses")
    async with transaction(request.app[POOL]) as tx:
        post_id = PostId(row_id(request))
        shown = await _entity(request, tx, asking, post_id)
        if asking.is_member:
            await look_at_poll(tx, post_id, datetime.now(UTC))
    return json_response(shown)


@routes.post("/api/v1/polls/" + ID + "/votes")
async def vote(request: web.Request) -> web.Response:
    """Vote by the places of the options, counted from 0 (``choices[]``)."""
    found = require_scope(request, "write:statuses")
    choices = (await read_params(request)).integers("choices")
    async with transaction(request.app[POOL]) as tx:
        post_id = PostId(row_id(request))
        voter = await get_actor(tx, found.actor_id)
        await commands.vote(tx, voter, post_id, choices, now=datetime.now(UTC))
        return json_response(await _entity(request, tx, found.viewer, post_id))


async def _entity(
    request: web.Request, tx: Tx, asking: Viewer, post_id: PostId
) -> dict[str, object]:
    asked = await store.find_asked(tx, asking, post_id)
    if asked is None:
        raise NotFound(f"no poll {post_id} for {asking}")
    chosen = None
    if asking.actor_id is not None:
        own = await store.list_own_votes(tx, asking.actor_id, [post_id])
        chosen = own.get(post_id, ())
    is_own = asked.author_id == asking.actor_id
    origin = str(request.app[URIS].origin)
    return entity(
        post_id,
        asked.poll,
        chosen=chosen,
        is_own=is_own,
        now=datetime.now(UTC),
        emojis=[emoji_entity(emoji, origin) for emoji in asked.emojis],
    )
