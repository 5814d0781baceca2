"""Pages of deleting one's own post to write it again."""

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.http.auth import Member, require_member
from fedinet.http.context import POOL
from fedinet.http.pages import render
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Gone, NotFound
from fedinet.kernel.ids import PostId
from fedinet.posts import kept_store
from fedinet.posts.keeping import delete_and_keep
from fedinet.posts.model import Post
from fedinet.posts.own import asked_of, missing, own_post
from fedinet.posts.write_again import may_be_written_again
from fedinet.posts.write_page import BEGUN, form_path, new_key

routes = web.RouteTableDef()


@routes.get(r"/@{handle}/{id:[0-9]{1,18}}/again")
async def show_again(request: web.Request) -> web.Response:
    """What is lost when a post is deleted to be written again, before it is done.

    Whoever goes back to it afterwards finds the form.
    """
    writer = require_member(request)
    try:
        post = _checked(await own_post(request, writer))
    except (NotFound, Gone):
        return await _form_of_deleted(request, writer)
    return render(
        request,
        "posts/again.html",
        post_=post,
        asked=await asked_of(request, writer, post),
        back=f"/@{writer.username}/{post.id}",
    )


@routes.post(r"/@{handle}/{id:[0-9]{1,18}}/again")
async def write_again(request: web.Request) -> web.Response:
    """Delete it, and open it in the form. A second click leads to the same form."""
    writer = require_member(request)
    post_id = PostId(int(request.match_info["id"]))
    try:
        async with transaction(request.app[POOL]) as tx:
            author = await get_actor(tx, writer.actor_id)
            form = new_key()
            _checked(await delete_and_keep(tx, author, writer.account_id, post_id, form=form))
    except NotFound:
        return await _form_of_deleted(request, writer)
    return see_other(form_path(form, BEGUN))


async def _form_of_deleted(request: web.Request, writer: Member) -> web.Response:
    """Where the words of the post stand now.

    Raises:
        NotFound, Gone: nowhere.
    """
    post_id = PostId(int(request.match_info["id"]))
    form = await kept_store.find_of_post(request.app[POOL], writer.account_id, post_id)
    if form is None:
        raise await missing(request, request.app[POOL])
    return see_other(form_path(form, BEGUN))


def _checked(post: Post) -> Post:
    if not may_be_written_again(post):
        raise NotFound(f"{post.kind} {post.id} is not for the page for writing")
    return post
