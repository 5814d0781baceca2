"""Stamps for other servers, and what apps do about quotes.

Source: FEP-044f; https://docs.joinmastodon.org/methods/statuses/#quotes
"""

from typing import Final

from aiohttp import web

from fedinet.accounts.quote_words import read_quote_policy
from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.http.apps import ID, listed, reader, row_id
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL, URIS
from fedinet.http.json import activity_response, json_response
from fedinet.http.paging import read_page
from fedinet.http.params import read_params
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import PostId
from fedinet.posts import quote_store
from fedinet.posts.store import get_visible, list_visible
from fedinet.quotes import activities, commands
from fedinet.reactions.statuses import get_shown_status, render_posts

routes = web.RouteTableDef()

_MAX_NUMBER: Final = 2**63 - 1


@routes.get(r"/quotes/{id:[0-9]{1,18}}")
async def show_stamp(request: web.Request) -> web.Response:
    """Serve a QuoteAuthorization while it stands; 404 for one that was taken back."""
    number = int(request.match_info["id"])
    async with request.app[POOL].acquire() as conn:
        granted = await quote_store.find_granted(conn, number)
    uri = request.app[URIS].quote_stamp(number)
    if granted is None:
        raise NotFound(f"no stamp {uri}")
    quoting, quoted, author = granted
    return activity_response(
        activities.stamp_document(uri, author=author, quoting=quoting, quoted=quoted)
    )


@routes.get("/api/v1/statuses/" + ID + "/quotes")
async def list_quotes(request: web.Request) -> web.Response:
    """Posts that quote this one, for its author; for others the list is empty, like its count."""
    asking = reader(request, "read:statuses")
    page = read_page(request)
    async with request.app[POOL].acquire() as conn:
        shown = await get_shown_status(conn, asking, row_id(request))
        if shown.post.author_id != asking.actor_id:
            return json_response([])
        rows = await quote_store.list_quoting(
            conn, shown.post.id, before=page.max_id, limit=page.limit
        )
        posts = await list_visible(conn, asking, [post_id for _, post_id in rows])
        kept = [(cursor, posts[post_id]) for cursor, post_id in rows if post_id in posts]
        statuses = await render_posts(request, conn, asking, [post for _, post in kept])
    return listed(request, page, [cursor for cursor, _ in kept], statuses)


@routes.post("/api/v1/statuses/" + ID + r"/quotes/{quoting:[0-9]{1,19}}/revoke")
async def revoke(request: web.Request) -> web.Response:
    """Take one's post out of the post that quotes it; answers with that post."""
    found = require_scope(request, "write:statuses")
    number = int(request.match_info["quoting"])
    if number > _MAX_NUMBER:
        raise NotFound(f"no post {number}")
    async with transaction(request.app[POOL]) as tx:
        post = await get_visible(tx, found.viewer, PostId(number))
        if post.quote is None or post.quote.post_id != row_id(request):
            raise NotFound(f"post {number} does not quote {row_id(request)}")
        await commands.revoke(tx, await get_actor(tx, found.actor_id), post.id)
        post = await get_visible(tx, found.viewer, post.id)
        [status] = await render_posts(request, tx, found.viewer, [post])
    return json_response(status)


@routes.put("/api/v1/statuses/" + ID + "/interaction_policy")
async def set_policy(request: web.Request) -> web.Response:
    """Say who may quote a post of one's own from now on.

    Raises:
        Unprocessable: no such word.
    """
    found = require_scope(request, "write:statuses")
    word = (await read_params(request)).text("quote_approval_policy")
    policy = read_quote_policy(word)
    if policy is None:
        raise Unprocessable(
            f"quote policy {word[:40]!r}",
            public="Validation failed: Quote approval policy is not included in the list",
        )
    async with transaction(request.app[POOL]) as tx:
        actor = await get_actor(tx, found.actor_id)
        post = await commands.set_policy(tx, actor, PostId(row_id(request)), policy)
        [status] = await render_posts(request, tx, found.viewer, [post])
    return json_response(status)
