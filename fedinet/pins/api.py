"""Collections of what members show first, and what apps do about it.

Source: https://docs.joinmastodon.org/methods/statuses/#pin, methods/featured_tags/
"""

from aiohttp import web

from fedinet.accounts.entities import get_shown
from fedinet.actors.model import Actor
from fedinet.actors.store import find_local_by_name, get_actor
from fedinet.audiences.model import VISITOR
from fedinet.db.pool import transaction
from fedinet.db.query import Conn
from fedinet.http.apps import ID, answer_empty, reader, row_id
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL, URIS
from fedinet.http.json import activity_response, json_response
from fedinet.http.params import read_params
from fedinet.kernel.errors import Gone, NotFound, Unprocessable
from fedinet.kernel.ids import PostId
from fedinet.markup.names import hashtag
from fedinet.pins import activities, commands, store
from fedinet.pins.model import MAX_PINS
from fedinet.posts.model import Tag
from fedinet.posts.store import list_visible
from fedinet.reactions.statuses import render_posts

routes = web.RouteTableDef()


@routes.get("/users/{name}/collections/featured")
async def show_featured(request: web.Request) -> web.Response:
    async with request.app[POOL].acquire() as conn:
        owner = await _owner(request, conn)
        pinned = await store.list_pins(conn, VISITOR, owner.id, limit=MAX_PINS)
        posts = await list_visible(conn, VISITOR, pinned)
    uris = [posts[post_id].uri for post_id in pinned if post_id in posts]
    return activity_response(activities.featured(owner, uris))


@routes.get("/users/{name}/collections/tags")
async def show_featured_tags(request: web.Request) -> web.Response:
    async with request.app[POOL].acquire() as conn:
        owner = await _owner(request, conn)
        tags = await store.list_tags(conn, owner.id)
    return activity_response(activities.featured_tags(owner, [tag for _, tag in tags]))


@routes.post("/api/v1/statuses/" + ID + "/{do:pin|unpin}")
async def pin(request: web.Request) -> web.Response:
    """Show a post of one's own first, or no more."""
    found = require_scope(request, "write:accounts")
    act = commands.pin if request.match_info["do"] == "pin" else commands.unpin
    async with transaction(request.app[POOL]) as tx:
        post = await act(tx, await get_actor(tx, found.actor_id), PostId(row_id(request)))
        [status] = await render_posts(request, tx, found.viewer, [post])
    return json_response(status)


@routes.get("/api/v1/featured_tags")
async def list_own_tags(request: web.Request) -> web.Response:
    found = require_scope(request, "read:accounts")
    async with request.app[POOL].acquire() as conn:
        tags = await store.list_tags(conn, found.actor_id)
        actor = await get_actor(conn, found.actor_id)
    return json_response([featured_tag(request, actor, tag_id, tag) for tag_id, tag in tags])


@routes.get("/api/v1/featured_tags/suggestions")
async def suggest_tags(request: web.Request) -> web.Response:
    """None: how often somebody used a hashtag is counted for nobody."""
    require_scope(request, "read:accounts")
    return await answer_empty(request)


@routes.post("/api/v1/featured_tags")
async def feature_tag(request: web.Request) -> web.Response:
    found = require_scope(request, "write:accounts")
    named = hashtag((await read_params(request)).text("name"))
    if named is None:
        raise Unprocessable("no hashtag", public="Validation failed: Name is not a hashtag")
    async with transaction(request.app[POOL]) as tx:
        actor = await get_actor(tx, found.actor_id)
        await commands.feature_tag(tx, actor, Tag(*named))
        tags = {tag.name: (tag_id, tag) for tag_id, tag in await store.list_tags(tx, actor.id)}
    return json_response(featured_tag(request, actor, *tags[named[0]]))


@routes.delete("/api/v1/featured_tags/" + ID)
async def unfeature_tag(request: web.Request) -> web.Response:
    found = require_scope(request, "write:accounts")
    async with transaction(request.app[POOL]) as tx:
        tags = dict(await store.list_tags(tx, found.actor_id))
        tag = tags.get(row_id(request))
        if tag is None:
            raise NotFound(f"no featured tag {row_id(request)} of {found.username}")
        await commands.unfeature_tag(tx, await get_actor(tx, found.actor_id), tag.name)
    return json_response({})


@routes.get("/api/v1/accounts/" + ID + "/featured_tags")
async def list_tags(request: web.Request) -> web.Response:
    reader(request, "read:accounts")
    async with request.app[POOL].acquire() as conn:
        owner = await get_shown(conn, row_id(request))
        tags = await store.list_tags(conn, owner.id)
    return json_response([featured_tag(request, owner, tag_id, tag) for tag_id, tag in tags])


async def _owner(request: web.Request, conn: Conn) -> Actor:
    owner = await find_local_by_name(conn, request.match_info["name"])
    if owner is None or owner.uri != request.app[URIS].actor(owner.username) or owner.is_suspended:
        raise NotFound(f"no actor named {request.match_info['name'][:60]!r}")
    if owner.is_gone:
        raise Gone(f"gone: {owner.uri}")
    return owner


def featured_tag(request: web.Request, owner: Actor, tag_id: int, tag: Tag) -> dict[str, object]:
    """A FeaturedTag. How often it was used is counted for nobody."""
    return {
        "id": str(tag_id),
        "name": tag.written,
        "url": request.app[URIS].tag_page(tag.name) if owner.is_local else owner.page_url,
        "statuses_count": "0",
        "last_status_at": None,
    }
