"""The client API about private conversations.

Source: https://docs.joinmastodon.org/methods/conversations/
"""

from collections.abc import Sequence

from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS
from fedinet.actors.store import find_actors
from fedinet.conversations import store
from fedinet.conversations.store import Conversation
from fedinet.db.pool import transaction
from fedinet.db.query import Conn
from fedinet.http.apps import ID, listed, row_id
from fedinet.http.auth import Member, require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.http.paging import read_page
from fedinet.kernel.errors import NotFound
from fedinet.posts.store import list_visible
from fedinet.reactions.statuses import render_posts

routes = web.RouteTableDef()


@routes.get("/api/v1/conversations")
async def list_conversations(request: web.Request) -> web.Response:
    """Those that the member keeps, the liveliest first."""
    found = require_scope(request, "read:statuses")
    page = read_page(request)
    async with request.app[POOL].acquire() as conn:
        conversations = await store.list_conversations(conn, found.viewer, page)
        entities = await _render(request, conn, found, conversations)
    return listed(request, page, [one.cursor for one in conversations], entities)


@routes.delete("/api/v1/conversations/" + ID)
async def delete(request: web.Request) -> web.Response:
    """Take one out of the list. The posts stay; the next one brings it back."""
    found = require_scope(request, "write:conversations")
    async with transaction(request.app[POOL]) as tx:
        if not await store.delete_conversation(tx, found.actor_id, row_id(request)):
            raise NotFound(f"no conversation {row_id(request)} of {found.username}")
    return json_response({})


@routes.post("/api/v1/conversations/" + ID + "/{state:read|unread}")
async def mark(request: web.Request) -> web.Response:
    found = require_scope(request, "write:conversations")
    unread = request.match_info["state"] == "unread"
    async with transaction(request.app[POOL]) as tx:
        await store.set_unread(tx, found.actor_id, row_id(request), unread=unread)
        one = await store.find_conversation(tx, found.viewer, row_id(request))
        if one is None:
            raise NotFound(f"no conversation {row_id(request)} of {found.username}")
        [entity] = await _render(request, tx, found, [one])
    return json_response(entity)


async def _render(
    request: web.Request, conn: Conn, found: Member, conversations: Sequence[Conversation]
) -> list[dict[str, object]]:
    """Encode them with the other people of their newest post, whoever wrote it first."""
    last = [one.last_post_id for one in conversations]
    posts = await list_visible(conn, found.viewer, last)
    kept = [one for one in conversations if one.last_post_id in posts]
    statuses = await render_posts(
        request, conn, found.viewer, [posts[o.last_post_id] for o in kept]
    )
    people = await store.list_people(conn, posts)
    actors = await find_actors(
        conn, {actor_id for several in people.values() for actor_id in several}
    )
    accounts = await request.app[ACCOUNTS].render(conn, found.actor_id, actors.values())
    return [
        {
            "id": str(one.id),
            "unread": one.unread,
            "accounts": [
                accounts[actor_id]
                for actor_id in sorted(
                    people[one.last_post_id],
                    key=lambda who, post=posts[one.last_post_id]: (who != post.author_id, who),
                )
                if actor_id != found.actor_id
            ],
            "last_status": status,
        }
        for one, status in zip(kept, statuses, strict=True)
    ]
