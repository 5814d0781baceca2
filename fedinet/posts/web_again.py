"""Pages of deleting one's own post to write it again, and of going on with what was kept."""

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.http.auth import Member, require_member
from fedinet.http.context import POOL
from fedinet.http.forms import Form
from fedinet.http.pages import render
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import PostId
from fedinet.posts import commands, kept_store
from fedinet.posts.kept_store import Kept
from fedinet.posts.model import Post
from fedinet.posts.own import asked_of, own_post
from fedinet.posts.web_files import Received
from fedinet.posts.write_again import draft_of, may_be_written_again, typed
from fedinet.posts.write_page import new_key

routes = web.RouteTableDef()
DRAFT = "draft"


@routes.get(r"/@{handle}/{id:[0-9]{1,18}}/again")
async def show_again(request: web.Request) -> web.Response:
    """What is lost when a post is deleted to be written again, before it is done."""
    writer = require_member(request)
    post = _checked(await own_post(request, writer))
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
            before = draft_of(_checked(await commands.delete(tx, author, post_id, keep_files=True)))
            values = {**typed(before), "once": new_key()}
            kept = Kept(values=values, files=before.files, before=before)
            draft_id = await kept_store.keep(tx, writer.account_id, kept, of_post=post_id)
    except NotFound:
        earlier = await kept_store.find_of_post(request.app[POOL], writer.account_id, post_id)
        if earlier is None:
            raise
        draft_id = earlier
    return see_other(f"/write?{DRAFT}={draft_id}")


def _checked(post: Post) -> Post:
    if not may_be_written_again(post):
        raise NotFound(f"{post.kind} {post.id} is not for the page for writing")
    return post


async def find_kept(request: web.Request, writer: Member, raw: str) -> Kept | None:
    """What was kept under this number; None: it is published or forgotten, or there never was."""
    draft_id = number(raw)
    if draft_id is None:
        return None
    return await kept_store.find(request.app[POOL], writer.account_id, draft_id)


async def keep_on(request: web.Request, writer: Member, form: Form, files: Received) -> int:
    """Keep what is in the form, so that it can be shown under an address. Returns its number.

    Raises:
        Unprocessable: it is too large to be kept.
    """
    draft_id = number(form.value(DRAFT))
    async with transaction(request.app[POOL]) as tx:
        earlier = None
        if draft_id is not None:
            earlier = await kept_store.find(tx, writer.account_id, draft_id)
        kept = Kept(
            values=form.values,
            files=files.choices,
            refused=files.refused,
            before=None if earlier is None else earlier.before,
        )
        key = form.value("once") or None
        return await kept_store.keep(tx, writer.account_id, kept, draft_id=draft_id, form=key)


def number(raw: str) -> int | None:
    """The number of a draft, as a form or an address names it."""
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= 18 else None
