"""Following a hashtag on its page, and the list of those that one follows, in the settings."""

from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.http.auth import require_member
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.paging import Page
from fedinet.kernel.problems import N_, Problem
from fedinet.markup.names import hashtag
from fedinet.tags import commands, store
from fedinet.tags.model import MAX_FOLLOWED, read_tag

routes = web.RouteTableDef()
PATH: Final = "/settings/hashtags"
_NONE: Final = N_("A hashtag is one word with at least one letter, like #bread.")


@routes.get(PATH)
async def show_followed(request: web.Request) -> web.Response:
    return await _page(request, EMPTY_FORM)


@routes.post(PATH)
async def change_followed(request: web.Request) -> web.Response:
    """Follow one more, or leave one. Twice is as good as once."""
    found = require_member(request)
    fields = await read_form(request)
    typed = fields.text("tag")
    tag = hashtag(typed)
    if tag is None:
        form = Form({"tag": typed}, (Problem("tag", _NONE),))
        return await _page(request, form, status=422)
    try:
        async with transaction(request.app[POOL]) as tx:
            if fields.text("do") == "leave":
                await commands.unfollow(tx, found.actor_id, tag[0])
            else:
                await commands.follow(tx, found.actor_id, *tag)
    except Unprocessable as error:
        form = Form({"tag": typed}, (Problem.told_by(error, "tag"),))
        return await _page(request, form, status=422)
    return see_other(PATH)


@routes.post("/tags/{tag}")
async def change_one(request: web.Request) -> web.Response:
    """The button on the page of a hashtag."""
    found = require_member(request)
    fields = await read_form(request)
    name, written = read_tag(request.match_info["tag"])
    async with transaction(request.app[POOL]) as tx:
        if fields.text("do") == "leave":
            await commands.unfollow(tx, found.actor_id, name)
        else:
            await commands.follow(tx, found.actor_id, name, written)
    return see_other(f"/tags/{name}")


async def _page(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    found = require_member(request)
    async with request.app[POOL].acquire() as conn:
        followed = await store.list_followed(conn, found.actor_id, Page(limit=MAX_FOLLOWED))
    return render(
        request,
        "tags/hashtags.html",
        status=status,
        nav="settings",
        form=form,
        saved=False,
        tags=[(name, written) for _, name, written in followed],
    )
