"""The client API about what members keep to themselves: saved posts, muted conversations.

Nobody else is ever told. Source: https://docs.joinmastodon.org/methods/bookmarks/,
methods/statuses/#bookmark, methods/statuses/#mute
"""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.http.apps import ID, listed, row_id
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.http.paging import read_page
from fedinet.kernel.ids import PostId
from fedinet.posts.store import list_visible
from fedinet.reactions import commands
from fedinet.reactions.bookmarks_store import list_bookmarks
from fedinet.reactions.statuses import get_shown_status, render_one, render_posts

routes = web.RouteTableDef()


_ACTS: Final[dict[str, tuple[str, Callable[[Tx, Actor, PostId], Awaitable[object]]]]] = {
    "bookmark": ("write:bookmarks", commands.save),
    "unbookmark": ("write:bookmarks", commands.unsave),
    "mute": ("write:mutes", commands.mute_thread),
    "unmute": ("write:mutes", commands.unmute_thread),
}
"""Each answers with the status as the address names it: of a boost, the boost around it."""


def _make(
    scope: str, act: Callable[[Tx, Actor, PostId], Awaitable[object]]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        found = require_scope(request, scope)
        async with transaction(request.app[POOL]) as tx:
            shown = await get_shown_status(tx, found.viewer, row_id(request))
            await act(tx, await get_actor(tx, found.actor_id), shown.post.id)
            return json_response(await render_one(request, tx, found.viewer, shown))

    return answer


for _name, (_scope, _act) in _ACTS.items():
    routes.post(f"/api/v1/statuses/{ID}/{_name}")(_make(_scope, _act))


@routes.get("/api/v1/bookmarks")
async def show_bookmarks(request: web.Request) -> web.Response:
    """What the member has saved, the last saved first."""
    found = require_scope(request, "read:bookmarks")
    page = read_page(request)
    async with request.app[POOL].acquire() as conn:
        rows = await list_bookmarks(conn, found.viewer, page)
        posts = await list_visible(conn, found.viewer, [post_id for _, post_id in rows])
        kept = [posts[post_id] for _, post_id in rows if post_id in posts]
        statuses = await render_posts(request, conn, found.viewer, kept)
    return listed(request, page, [cursor for cursor, _ in rows], statuses)
