"""The client API about lists of posts: home, public, hashtags, and somebody's own.

Source: https://docs.joinmastodon.org/methods/timelines/, methods/accounts/#statuses
"""

from typing import Final

from aiohttp import web

from fedinet.accounts.entities import get_shown
from fedinet.audiences.model import VISITOR, Viewer
from fedinet.cards.model import MAX_URL
from fedinet.db.query import Conn
from fedinet.http.apps import ID, listed, reader, row_id
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.http.paging import read_page
from fedinet.http.params import Params, read_params
from fedinet.http.ready import READY, Met
from fedinet.kernel.errors import Malformed, Unauthenticated
from fedinet.kernel.ids import ActorId
from fedinet.markup.names import hashtag
from fedinet.pins.store import list_pins
from fedinet.posts import list_store
from fedinet.posts.store import list_visible
from fedinet.reactions.statuses import render_posts
from fedinet.tags.model import read_tag
from fedinet.timelines.model import Item
from fedinet.timelines.profile_store import list_profile, list_with_files
from fedinet.timelines.statuses import render_items
from fedinet.timelines.store import list_home

routes = web.RouteTableDef()

_MOST_TAGS: Final = 4
_OURS_FOR_VISITORS: Final = "visitors read what was written here"


@routes.get("/api/v1/timelines/home")
async def show_home(request: web.Request) -> web.Response:
    found = require_scope(request, "read:statuses")
    page = read_page(request)

    async def anew(met: Met) -> web.Response:
        async with request.app[POOL].acquire() as conn:
            items = await list_home(conn, found.viewer, page)
            statuses = await render_items(request, conn, found.viewer, items, met)
        return listed(request, page, [item.id for item in items], statuses)

    return await request.app[READY].answer(request, found.actor_id, anew)


@routes.get("/api/v1/timelines/public")
async def show_public(request: web.Request) -> web.Response:
    """First posts to everyone; with ``local``, ours, and for members those to this community.

    What others wrote elsewhere is not handed on to visitors.
    """
    asking = reader(request, "read:statuses")
    params = await read_params(request)
    page = read_page(request)
    local, remote = params.flag("local"), params.flag("remote")
    if asking == VISITOR and not local:
        raise Unauthenticated(_OURS_FOR_VISITORS)
    with_files = params.flag("only_media")
    async with request.app[POOL].acquire() as conn:
        if local:
            posts = await list_store.list_local(conn, asking, page, with_files=with_files)
        elif remote:
            posts = await list_store.list_elsewhere(conn, asking, page, with_files=with_files)
        else:
            posts = await list_store.list_everyone(conn, asking, page, with_files=with_files)
        statuses = await render_posts(request, conn, asking, posts)
    return listed(request, page, [post.id for post in posts], statuses)


@routes.get("/api/v1/timelines/allies")
async def show_allies(request: web.Request) -> web.Response:
    """First posts of people of allied communities, to everyone and to allies. For members."""
    found = require_scope(request, "read:statuses")
    page = read_page(request)
    async with request.app[POOL].acquire() as conn:
        posts = await list_store.list_of_allies(conn, found.viewer, page)
        statuses = await render_posts(request, conn, found.viewer, posts)
    return listed(request, page, [post.id for post in posts], statuses)


@routes.get("/api/v1/timelines/tag/{tag}")
async def show_tag(request: web.Request) -> web.Response:
    """Posts with a hashtag; ``any[]``, ``all[]`` and ``none[]`` name four more each at most.

    Visitors read what was written here.

    Raises:
        Unauthenticated: they ask for what was not.
    """
    asking = reader(request, "read:statuses")
    params = await read_params(request)
    page = read_page(request)
    local, remote = params.flag("local"), params.flag("remote")
    if asking == VISITOR and remote and not local:
        raise Unauthenticated(_OURS_FOR_VISITORS)
    name, _ = read_tag(request.match_info["tag"])
    async with request.app[POOL].acquire() as conn:
        posts = await list_store.list_by_tag(
            conn,
            asking,
            name,
            page,
            local=True if local or asking == VISITOR else False if remote else None,
            with_files=params.flag("only_media"),
            or_any=_more_tags(params, "any"),
            and_all=_more_tags(params, "all"),
            but_none=_more_tags(params, "none"),
        )
        statuses = await render_posts(request, conn, asking, posts)
    return listed(request, page, [post.id for post in posts], statuses)


@routes.get("/api/v1/timelines/link")
async def show_link(request: web.Request) -> web.Response:
    """Posts to everyone that link to a page. For members, as what came from elsewhere is."""
    found = require_scope(request, "read:statuses")
    page = read_page(request)
    url = (await read_params(request)).text("url")
    if not url:
        raise Malformed("no url", public="url is missing")
    async with request.app[POOL].acquire() as conn:
        posts = await list_store.list_by_link(conn, found.viewer, url[:MAX_URL], page)
        statuses = await render_posts(request, conn, found.viewer, posts)
    return listed(request, page, [post.id for post in posts], statuses)


@routes.get("/api/v1/accounts/" + ID + "/statuses")
async def show_profile(request: web.Request) -> web.Response:
    """What somebody wrote and boosted, as far as the reader may see it."""
    asking = reader(request, "read:statuses")
    params = await read_params(request)
    page = read_page(request)
    tagged = params.text("tagged")
    tag = hashtag(tagged) if tagged else None
    async with request.app[POOL].acquire() as conn:
        owner = await get_shown(conn, row_id(request))
        if tagged and tag is None:
            return json_response([])
        if params.flag("pinned"):
            pinned = await list_pins(conn, asking, owner.id, limit=page.limit)
            posts = await list_visible(conn, asking, pinned)
            kept = [posts[post_id] for post_id in pinned if post_id in posts]
            return json_response(await render_posts(request, conn, asking, kept))
        items = await _profile_items(request, conn, asking, owner.id, tag and tag[0])
        statuses = await render_items(request, conn, asking, items)
    return listed(request, page, [item.id for item in items], statuses)


async def _profile_items(
    request: web.Request, conn: Conn, asking: Viewer, owner_id: ActorId, tag: str | None
) -> list[Item]:
    params, page = await read_params(request), read_page(request)
    with_replies = not params.flag("exclude_replies")
    with_direct = not params.flag("exclude_direct")
    if params.flag("only_media"):
        return await list_with_files(
            conn,
            asking,
            owner_id,
            page,
            with_replies=with_replies,
            with_direct=with_direct,
            tag=tag,
        )
    return await list_profile(
        conn,
        asking,
        owner_id,
        page,
        with_replies=with_replies,
        with_boosts=not params.flag("exclude_reblogs") and tag is None,
        with_direct=with_direct,
        tag=tag,
    )


def _more_tags(params: Params, key: str) -> list[str]:
    """Further hashtags; what is none names no post. Four at most, as Mastodon's `tag_feed.rb`."""
    tags = [hashtag(written) for written in params.texts(key)]
    return list(dict.fromkeys(tag[0] for tag in tags if tag is not None))[:_MOST_TAGS]
