"""The page on which a member takes their post out of somebody's quote."""

from aiohttp import web

from fedinet.actors.store import find_actors, get_actor
from fedinet.db.pool import transaction
from fedinet.http.auth import require_member
from fedinet.http.context import POOL
from fedinet.http.pages import render
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import PostId
from fedinet.posts.own import missing
from fedinet.posts.store import find_visible, get_visible, list_visible
from fedinet.quotes import commands

routes = web.RouteTableDef()


@routes.get(r"/@{handle}/{id:[0-9]{1,18}}/unquote")
async def show_unquote(request: web.Request) -> web.Response:
    """What taking it out does, before it is done."""
    found = require_member(request)
    post_id = PostId(int(request.match_info["id"]))
    async with request.app[POOL].acquire() as conn:
        post = await find_visible(conn, found.viewer, post_id)
        if post is None:
            raise await missing(request, conn)
        quoted_id = None if post.quote is None or not post.quote.is_shown else post.quote.post_id
        quoted = await list_visible(conn, found.viewer, [] if quoted_id is None else [quoted_id])
        own = [one for one in quoted.values() if one.author_id == found.actor_id]
        if not own or post.author_id == found.actor_id:
            raise NotFound(f"post {post_id} quotes nothing of {found.username}")
        author = (await find_actors(conn, [post.author_id]))[post.author_id]
    return render(
        request,
        "quotes/unquote.html",
        post_=post,
        author=author,
        quoted=own[0],
        back=f"/@{author.handle}/{post.id}",
    )


@routes.post(r"/@{handle}/{id:[0-9]{1,18}}/unquote")
async def unquote(request: web.Request) -> web.Response:
    """Take it out, here and elsewhere. Twice is as good as once."""
    found = require_member(request)
    post_id = PostId(int(request.match_info["id"]))
    try:
        async with transaction(request.app[POOL]) as tx:
            await commands.revoke(tx, await get_actor(tx, found.actor_id), post_id)
            post = await get_visible(tx, found.viewer, post_id)
            author = await get_actor(tx, post.author_id)
    except NotFound:
        raise await missing(request, request.app[POOL]) from None
    return see_other(f"/@{author.handle}/{post.id}")
