"""The client API about likes and boosts. Who did so is told to the author alone.

Source: https://docs.joinmastodon.org/methods/statuses/, methods/favourites/
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS
from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.audiences.model import Visibility
from fedinet.db.pool import transaction
from fedinet.db.query import Conn, Tx
from fedinet.http.allowance import DELETES, spend_rare
from fedinet.http.apps import ID, is_own, listed, reader, row_id
from fedinet.http.auth import Member, require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.http.paging import read_page
from fedinet.http.params import read_params
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.paging import Page
from fedinet.posts.store import list_visible
from fedinet.reactions import commands, store
from fedinet.reactions.statuses import Shown, get_shown_status, render_one, render_posts

routes = web.RouteTableDef()

_BOOSTS = {
    "": Visibility.EVERYONE,
    "public": Visibility.EVERYONE,
    "unlisted": Visibility.QUIET,
    "private": Visibility.FOLLOWERS,
}


@routes.post("/api/v1/statuses/" + ID + "/favourite")
async def favourite(request: web.Request) -> web.Response:
    found = require_scope(request, "write:favourites")
    async with transaction(request.app[POOL]) as tx:
        actor, shown = await _named(request, tx, found)
        await commands.like(tx, actor, shown.post.id)
        return await _answer(request, tx, found, shown)


@routes.post("/api/v1/statuses/" + ID + "/unfavourite")
async def unfavourite(request: web.Request) -> web.Response:
    found = require_scope(request, "write:favourites")
    async with transaction(request.app[POOL]) as tx:
        actor, shown = await _named(request, tx, found)
        await commands.unlike(tx, actor, shown.post.id)
        return await _answer(request, tx, found, shown)


@routes.post("/api/v1/statuses/" + ID + "/reblog")
async def reblog(request: web.Request) -> web.Response:
    """Boost a post; answers with the boost around it."""
    found = require_scope(request, "write:statuses")
    word = (await read_params(request)).text("visibility")
    if word not in _BOOSTS:
        raise Unprocessable(
            f"boost to {word[:40]!r}", public="Validation failed: Visibility is not included"
        )
    async with transaction(request.app[POOL]) as tx:
        actor, shown = await _named(request, tx, found)
        boost = await commands.boost(
            tx, actor, shown.post.id, visibility=_BOOSTS[word], now=datetime.now(UTC)
        )
        return await _answer(request, tx, found, Shown(shown.post, boost))


@routes.post("/api/v1/statuses/" + ID + "/unreblog")
async def unreblog(request: web.Request) -> web.Response:
    found = require_scope(request, "write:statuses")
    await spend_rare(request, DELETES, str(found.account_id))
    async with transaction(request.app[POOL]) as tx:
        actor, shown = await _named(request, tx, found)
        await commands.unboost(tx, actor, shown.post.id)
        return await _answer(request, tx, found, Shown(shown.post))


@routes.get("/api/v1/statuses/" + ID + "/favourited_by")
async def list_favourited_by(request: web.Request) -> web.Response:
    return await _list_people(request, store.list_likers)


@routes.get("/api/v1/statuses/" + ID + "/reblogged_by")
async def list_reblogged_by(request: web.Request) -> web.Response:
    return await _list_people(request, store.list_boosters)


@routes.get("/api/v1/favourites")
async def list_favourites(request: web.Request) -> web.Response:
    """What the member likes, the last liked first."""
    found = require_scope(request, "read:favourites")
    page = read_page(request)
    async with request.app[POOL].acquire() as conn:
        rows = await store.list_liked(conn, found.viewer, page)
        posts = await list_visible(conn, found.viewer, [post_id for _, post_id in rows])
        kept = [posts[post_id] for _, post_id in rows if post_id in posts]
        statuses = await render_posts(request, conn, found.viewer, kept)
    return listed(request, page, [cursor for cursor, _ in rows], statuses)


async def _list_people(
    request: web.Request,
    read: "Callable[..., Awaitable[list[tuple[int, Actor]]]]",
) -> web.Response:
    asking = reader(request, "read:accounts")
    page: Page = read_page(request, default=40, most=80)
    async with request.app[POOL].acquire() as conn:
        shown = await get_shown_status(conn, asking, row_id(request))
        if not is_own(request, shown.post.author_id):
            return json_response([])
        rows = await read(conn, asking, shown.post.id, page)
        actors = [actor for _, actor in rows]
        entities = await request.app[ACCOUNTS].render(conn, asking.actor_id, actors)
    encoded = [entities[actor.id] for actor in actors]
    return listed(request, page, [cursor for cursor, _ in rows], encoded)


async def _named(request: web.Request, tx: Tx, found: Member) -> tuple[Actor, Shown]:
    """The member, and the post that the address names; of a boost the post inside."""
    shown = await get_shown_status(tx, found.viewer, row_id(request))
    return await get_actor(tx, found.actor_id), shown


async def _answer(request: web.Request, conn: Conn, found: Member, shown: Shown) -> web.Response:
    """The status as it is now: a reaction has changed its counts."""
    now = await get_shown_status(conn, found.viewer, shown.post.id)
    return json_response(
        await render_one(request, conn, found.viewer, Shown(now.post, shown.boost))
    )
