"""Pages of filters, among the settings: all of them, one, a new one, and the end of one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors
from fedinet.db.query import Conn
from fedinet.filters import commands, store
from fedinet.filters.changing import changing
from fedinet.filters.forms import (
    ACTIONS,
    AS_IT_IS,
    CONTEXTS,
    LENGTHS,
    read_filter,
    typed_values,
    values_of,
)
from fedinet.filters.model import Context, Filter
from fedinet.http.apps import ID, row_id
from fedinet.http.auth import Member, require_member
from fedinet.http.context import POOL
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.problems import N_, Problem
from fedinet.posts.model import Post
from fedinet.posts.store import get_visible, list_visible
from fedinet.posts.words import first_words

routes = web.RouteTableDef()
PATH: Final = "/settings/filters"
ONE: Final = f"{PATH}/{ID}"
_MOST_WORDS: Final = 80
_NOWHERE: Final = N_("Choose where the filter looks.")
_NOTHING: Final = N_("Write at least one word or phrase.")


@routes.get(PATH)
async def show_filters(request: web.Request) -> web.Response:
    """All of one's filters. ``?post=``: into which of them shall this post go?"""
    found = require_member(request)
    async with request.app[POOL].acquire() as conn:
        filters = await store.list_filters(conn, found.actor_id)
        post = await _named_post(conn, found, request.query.get("post", ""))
        authors = {} if post is None else await find_actors(conn, {post.author_id})
    return render(
        request,
        "filters/filters.html",
        nav="settings",
        saved=False,
        filters=filters,
        contexts=dict(CONTEXTS),
        actions={action: words for action, words, _ in ACTIONS},
        now=datetime.now(UTC),
        post_=post,
        author=None if post is None else authors[post.author_id],
        words="" if post is None else first_words(post, _MOST_WORDS),
    )


@routes.get(PATH + "/new")
async def show_new(request: web.Request) -> web.Response:
    found = require_member(request)
    async with request.app[POOL].acquire() as conn:
        post = await _named_post(conn, found, request.query.get("post", ""))
    return await _page(request, EMPTY_FORM, None, post)


@routes.post(PATH + "/new")
async def create(request: web.Request) -> web.Response:
    """Begin a filter of words, or one that begins with a single post."""
    found = require_member(request)
    fields = await read_form(request)
    async with request.app[POOL].acquire() as conn:
        post = await _named_post(conn, found, fields.text("post"))
    form = _checked(fields, has_posts=post is not None)
    if form.problems:
        return await _page(request, form, None, post, status=422)
    try:
        wish = read_filter(fields, _now())
        async with changing(request, found) as tx:
            made = await commands.create_once(tx, found.actor_id, wish, _now())
            if post is not None:
                await commands.add_post(tx, found.viewer, made, post.id)
    except Unprocessable as error:
        form = form.with_problems([Problem.told_by(error, "title")])
        return await _page(request, form, None, post, status=422)
    return see_other(PATH)


@routes.get(ONE)
async def show_filter(request: web.Request) -> web.Response:
    found = require_member(request)
    async with request.app[POOL].acquire() as conn:
        one = await commands.get(conn, found.actor_id, row_id(request))
    return await _page(request, Form(values_of(one)), one)


@routes.post(ONE)
async def change(request: web.Request) -> web.Response:
    found = require_member(request)
    fields = await read_form(request)
    async with request.app[POOL].acquire() as conn:
        one = await commands.get(conn, found.actor_id, row_id(request))
    form = _checked(fields, has_posts=bool(one.posts))
    if form.problems:
        return await _page(request, form, one, status=422)
    try:
        async with changing(request, found) as tx:
            one = await commands.get(tx, found.actor_id, one.id)
            await commands.change(tx, found.actor_id, one.id, read_filter(fields, _now(), one))
    except Unprocessable as error:
        form = form.with_problems([Problem.told_by(error, "title")])
        return await _page(request, form, one, status=422)
    return see_other(PATH)


@routes.post(ONE + "/posts")
async def change_posts(request: web.Request) -> web.Response:
    """Filter a single post, or do so no more. Twice is as good as once."""
    found = require_member(request)
    fields = await read_form(request)
    post_id = PostId(fields.integer("post") or 0)
    async with changing(request, found) as tx:
        one = await commands.get(tx, found.actor_id, row_id(request))
        if fields.text("do") == "remove":
            for listed in one.posts:
                if listed.post_id == post_id:
                    await store.delete_post(tx, listed.id)
        else:
            await commands.add_post(tx, found.viewer, one, post_id)
    return see_other(f"{PATH}/{one.id}")


@routes.get(ONE + "/delete")
async def ask_to_delete(request: web.Request) -> web.Response:
    found = require_member(request)
    async with request.app[POOL].acquire() as conn:
        one = await commands.get(conn, found.actor_id, row_id(request))
    return render(request, "filters/delete.html", nav="settings", saved=False, one=one)


@routes.post(ONE + "/delete")
async def delete(request: web.Request) -> web.Response:
    """Delete a filter; one that is gone already is gone."""
    found = require_member(request)
    async with changing(request, found) as tx:
        for one in await store.list_filters(tx, found.actor_id):
            if one.id == row_id(request):
                await store.delete_filter(tx, one.id)
    return see_other(PATH)


async def _page(
    request: web.Request,
    form: Form,
    one: Filter | None,
    post: Post | None = None,
    *,
    status: int = 200,
) -> web.Response:
    found = require_member(request)
    async with request.app[POOL].acquire() as conn:
        posts, authors = await _single_posts(conn, found, one)
    ends = None if one is None else one.expires_at
    return render(
        request,
        "filters/filter.html",
        status=status,
        nav="settings",
        saved=False,
        form=form,
        one=one,
        post_=post,
        contexts=CONTEXTS,
        actions=ACTIONS,
        lengths=LENGTHS,
        as_it_is=AS_IT_IS,
        ends=ends,
        posts=[(post_id, posts.get(post_id)) for post_id in _ids(one)],
        authors=authors,
        words={post_id: first_words(post, _MOST_WORDS) for post_id, post in posts.items()},
    )


async def _single_posts(
    conn: Conn, found: Member, one: Filter | None
) -> tuple[Mapping[PostId, Post], Mapping[ActorId, Actor]]:
    posts = await list_visible(conn, found.viewer, _ids(one))
    return posts, await find_actors(conn, {post.author_id for post in posts.values()})


def _ids(one: Filter | None) -> list[PostId]:
    return [] if one is None else [listed.post_id for listed in one.posts]


async def _named_post(conn: Conn, found: Member, raw: str) -> Post | None:
    """Raises ``NotFound`` for a number of no post that the member may see."""
    if not raw.isascii() or not raw.isdigit() or len(raw) > 18:
        return None
    return await get_visible(conn, found.viewer, PostId(int(raw)))


def _checked(fields: Params, *, has_posts: bool) -> Form:
    form = Form(typed_values(fields))
    if not any(fields.flag(f"in-{context}") for context in Context):
        form = form.with_problems([Problem("in-home", _NOWHERE)])
    if not has_posts and not (fields.text("words") + fields.text("parts")).strip():
        form = form.with_problems([Problem("words", _NOTHING)])
    return form


def _now() -> datetime:
    return datetime.now(UTC)
