"""The collections of likes and shares of our posts, and of what our members like.

How many they hold, and who is in them, is told to their owner alone (TRAPS 28):
the author of the post, the member who likes. Everybody else learns that there is
such a collection.

Source: https://www.w3.org/TR/activitypub/#likes, #shares, #liked
"""

from typing import Final

from aiohttp import web

from fedinet.http.auth import viewer
from fedinet.http.context import POOL
from fedinet.http.json import activity_response
from fedinet.http.paging import read_page
from fedinet.posts.api import get_author, get_served
from fedinet.reactions import store
from fedinet.reactions.activities import reaction
from fedinet.reactions.collections_store import list_likes_of, list_shares_of
from fedinet.vocab.collection import collection, ordered_page, whole

routes = web.RouteTableDef()

PAGE_SIZE: Final = 40


@routes.get(r"/posts/{id:[0-9]{1,18}}/{collection:likes|shares}")
async def show_reactions(request: web.Request) -> web.Response:
    """Serve who likes or shares a post, newest first, to its author."""
    asking = await viewer(request)
    name = request.match_info["collection"]
    async with request.app[POOL].acquire() as conn:
        post = await get_served(request, conn, asking)
        uri = f"{post.uri}/{name}"
        if asking.actor_id != post.author_id:
            return _answer(collection(uri))
        if "page" not in request.query:
            total = post.likes_count if name == "likes" else post.boosts_count
            return _answer(collection(uri, total=total, first=f"{uri}?page=true"))
        page = read_page(request, default=PAGE_SIZE, most=PAGE_SIZE)
        read = list_likes_of if name == "likes" else list_shares_of
        listed = await read(conn, post.id, page)
    kind = "Like" if name == "likes" else "Announce"
    items = [reaction(kind, one.actor, post.uri, uri=one.uri) for one in listed]
    return _answer(ordered_page(uri, items, page, [one.cursor for one in listed]))


@routes.get("/users/{name}/liked")
async def show_liked(request: web.Request) -> web.Response:
    """Serve what a member likes and may still see, newest like first, to the member.

    Also what is no post here: their ActivityPub client may like anything by its id.
    """
    asking = await viewer(request)
    async with request.app[POOL].acquire() as conn:
        owner = await get_author(request, conn)
        uri = f"{owner.uri}/liked"
        if asking.actor_id != owner.id:
            return _answer(collection(uri))
        page = read_page(request, default=PAGE_SIZE, most=PAGE_SIZE)
        listed = await store.list_liked_objects(conn, asking, before=page.max_id, limit=page.limit)
        total = await store.count_liked_objects(conn, owner.id)
    items = [liked for _, liked in listed]
    document = ordered_page(uri, items, page, [cursor for cursor, _ in listed])
    return _answer(document if "page" in request.query else whole(document, total=total))


def _answer(document: object) -> web.Response:
    """Never cached: it differs by who asks."""
    return activity_response(document, headers={"Cache-Control": "private, no-store"})
