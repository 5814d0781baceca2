"""The client API about posts: read, change, delete, and what stands around one.

It stands here because a status shows what its reader did to it. Writing one is ``api_publish``.

Source: https://docs.joinmastodon.org/methods/statuses/
"""

from datetime import UTC, datetime

from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS
from fedinet.actors.store import get_actor
from fedinet.audiences.model import VISITOR
from fedinet.db.pool import transaction
from fedinet.http.allowance import DELETES, spend_rare
from fedinet.http.apps import ID, reader, row_id
from fedinet.http.auth import require_scope
from fedinet.http.context import ACTORS, POOL, URIS
from fedinet.http.json import json_response
from fedinet.http.params import read_params
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import PostId
from fedinet.media.passes import PASSES
from fedinet.posts import changing, commands, store
from fedinet.posts.entities import edits
from fedinet.posts.mentions import resolve_mentions
from fedinet.posts.model import Post, check_change
from fedinet.reactions.statuses import Shown, get_shown_status, render_one, render_posts
from fedinet.threads.commands import look_at
from fedinet.threads.store import find_thread
from fedinet.timelines.status_form import read_change

routes = web.RouteTableDef()

_MOST_AT_ONCE = 20
_MOST_IN_CONTEXT = 4_096
"""Of ancestors, and of descendants; as Mastodon."""
_ANCESTORS_FOR_VISITORS = 40
_DESCENDANTS_FOR_VISITORS = 60


@routes.get("/api/v1/statuses/" + ID)
async def show_status(request: web.Request) -> web.Response:
    asking = reader(request, "read:statuses")
    async with request.app[POOL].acquire() as conn:
        shown = await get_shown_status(conn, asking, row_id(request))
        return json_response(await render_one(request, conn, asking, shown))


@routes.get("/api/v1/statuses")
async def list_statuses(request: web.Request) -> web.Response:
    """At most 20 posts by ``id[]``; those not for this reader are left out."""
    asking = reader(request, "read:statuses")
    wanted = [PostId(number) for number in (await read_params(request)).integers("id")]
    wanted = list(dict.fromkeys(wanted))[:_MOST_AT_ONCE]
    async with request.app[POOL].acquire() as conn:
        posts = await store.list_visible(conn, asking, wanted)
        kept = [posts[post_id] for post_id in wanted if post_id in posts]
        return json_response(await render_posts(request, conn, asking, kept))


@routes.put("/api/v1/statuses/" + ID)
async def edit(request: web.Request) -> web.Response:
    """Change what a post of one's own says. Its audience stays."""
    found = require_scope(request, "write:statuses")
    params = await read_params(request)
    post_id = PostId(row_id(request))
    async with request.app[POOL].acquire() as conn:
        before = await store.get_visible(conn, found.viewer, post_id)
    if before.author_id != found.actor_id:
        raise NotFound(f"post {post_id} is not by {found.username}")
    wanted = read_change(params, before)
    change = check_change(wanted, before)
    mentioned = await resolve_mentions(request.app[ACTORS], change.text)
    async with transaction(request.app[POOL]) as tx:
        post = await changing.edit(
            tx,
            request.app[URIS],
            await get_actor(tx, found.actor_id),
            post_id,
            change,
            mentioned=mentioned,
            now=datetime.now(UTC),
            revision=before.revision,
        )
        [status] = await render_posts(request, tx, found.viewer, [post])
    return json_response(status)


@routes.delete("/api/v1/statuses/" + ID)
async def delete(request: web.Request) -> web.Response:
    """Delete a post of one's own; answers with its source, so that it can be written anew.

    ``delete_media``: its files go with it, at once.
    """
    found = require_scope(request, "write:statuses")
    with_files = (await read_params(request)).flag("delete_media")
    await spend_rare(request, DELETES, str(found.account_id))
    async with transaction(request.app[POOL]) as tx:
        author = await get_actor(tx, found.actor_id)
        post = await store.lock_own(tx, found.viewer, PostId(row_id(request)))
        status = await render_one(request, tx, found.viewer, Shown(post), text=_typed(post))
        await commands.delete(tx, author, post.id, keep_files=not with_files)
    return json_response(status)


@routes.get("/api/v1/statuses/" + ID + "/context")
async def show_context(request: web.Request) -> web.Response:
    """What a post answers, and what answers it, as far as the reader may see it."""
    asking = reader(request, "read:statuses")
    most_above = most_below = _MOST_IN_CONTEXT
    if asking == VISITOR:
        most_above, most_below = _ANCESTORS_FOR_VISITORS, _DESCENDANTS_FOR_VISITORS
    async with request.app[POOL].acquire() as conn:
        shown = await get_shown_status(conn, asking, row_id(request))
        above = await store.list_ancestors(conn, asking, shown.post.id, limit=most_above)
        below = await store.list_descendants(conn, asking, shown.post.id, limit=most_below)
        statuses = await render_posts(request, conn, asking, [*above, *below])
        thread = await find_thread(conn, shown.post.id)
    if asking.is_member:
        await look_at(request.app[POOL], shown.post.id, thread)
    return json_response(
        {"ancestors": statuses[: len(above)], "descendants": statuses[len(above) :]}
    )


@routes.get("/api/v1/statuses/" + ID + "/source")
async def show_source(request: web.Request) -> web.Response:
    """What its author typed, for the editor."""
    found = require_scope(request, "read:statuses")
    async with request.app[POOL].acquire() as conn:
        shown = await get_shown_status(conn, found.viewer, row_id(request))
    post = shown.post
    if post.author_id != found.actor_id:
        raise NotFound(f"post {post.id} is not by {found.username}")
    return json_response(
        {"id": str(post.id), "text": post.source, "spoiler_text": post.content_note}
    )


@routes.get("/api/v1/statuses/" + ID + "/history")
async def show_history(request: web.Request) -> web.Response:
    """Everything a post has said, oldest first."""
    asking = reader(request, "read:statuses")
    async with request.app[POOL].acquire() as conn:
        shown = await get_shown_status(conn, asking, row_id(request))
        revisions = await store.list_revisions(conn, asking, shown.post.id)
        author = await get_actor(conn, shown.post.author_id)
        accounts = await request.app[ACCOUNTS].render(conn, asking.actor_id, [author])
    app = request.app
    return json_response(edits(shown.post, revisions, accounts[author.id], app[URIS], app[PASSES]))


def _typed(post: Post) -> str:
    """What its author typed; the title too, for apps that write a post anew and know no titles."""
    return f"**{post.about.title}**\n\n{post.source}" if post.is_article else post.source
