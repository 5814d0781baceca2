"""The client API about saved posts. Nobody but the member is ever told.

Source: https://docs.joinmastodon.org/methods/bookmarks/, methods/statuses/#bookmark
"""

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.http.apps import ID, listed, row_id
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.http.paging import read_page
from fedinet.posts.store import list_visible
from fedinet.reactions import commands
from fedinet.reactions.bookmarks_store import list_bookmarks
from fedinet.reactions.statuses import get_shown_status, render_one, render_posts

routes = web.RouteTableDef()


@routes.post("/api/v1/statuses/" + ID + "/bookmark")
async def bookmark(request: web.Request) -> web.Response:
    return await _set_saved(request, saved=True)


@routes.post("/api/v1/statuses/" + ID + "/unbookmark")
async def unbookmark(request: web.Request) -> web.Response:
    return await _set_saved(request, saved=False)


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


async def _set_saved(request: web.Request, *, saved: bool) -> web.Response:
    """Answers with the status as the address names it: of a boost, the boost around it."""
    found = require_scope(request, "write:bookmarks")
    async with transaction(request.app[POOL]) as tx:
        shown = await get_shown_status(tx, found.viewer, row_id(request))
        change = commands.save if saved else commands.unsave
        await change(tx, await get_actor(tx, found.actor_id), shown.post.id)
        return json_response(await render_one(request, tx, found.viewer, shown))
