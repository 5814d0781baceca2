"""The followers and following collections of our actors.

Who follows whom, and how many, is for the owner alone (TRAPS 28); everybody
else learns that there is such a collection, since posts are addressed to it.

Source: https://www.w3.org/TR/activitypub/#followers
"""

from typing import Final

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import find_local_by_name
from fedinet.db.query import Conn
from fedinet.follows import store
from fedinet.follows.activities import followers_there
from fedinet.follows.digests_store import list_followers_on
from fedinet.http.auth import require_signer, viewer
from fedinet.http.context import POOL
from fedinet.http.json import activity_response
from fedinet.http.paging import read_page
from fedinet.kernel.errors import Gone, NotFound
from fedinet.kernel.names import followers_synchronisation
from fedinet.vocab.activity import Document
from fedinet.vocab.collection import collection, ordered_page, whole
from fedinet.vocab.synchronisation import MOST_FOLLOWERS

routes = web.RouteTableDef()

PAGE_SIZE: Final = 40


@routes.get(r"/users/{name}/{collection:followers|following}")
async def show_collection(request: web.Request) -> web.Response:
    asking = await viewer(request)
    name = request.match_info["collection"]
    async with request.app[POOL].acquire() as conn:
        owner = await _owner(request, conn)
        uri = f"{owner.uri}/{name}"
        if asking.actor_id != owner.id:
            return _answer(collection(uri))
        page = await _page(request, conn, owner, name)
        if "page" in request.query:
            return _answer(page)
        followers, following, _ = await store.count_follows(conn, owner.id)
    return _answer(whole(page, total=followers if name == "followers" else following))


@routes.get("/users/{name}/followers_synchronization")
async def show_followers_there(request: web.Request) -> web.Response:
    """Who of the asking server's people follows a member, told to any actor of that server.

    Source: FEP-8fcf, "partial follower collections".
    """
    asking = await require_signer(request)
    async with request.app[POOL].acquire() as conn:
        owner = await _owner(request, conn)
        items = await list_followers_on(conn, owner.id, asking.origin, limit=MOST_FOLLOWERS + 1)
    if len(items) > MOST_FOLLOWERS:
        raise NotFound(f"too many followers of {owner.uri} at {asking.origin}")
    return _answer(followers_there(followers_synchronisation(owner.uri), items))


async def _page(request: web.Request, conn: Conn, owner: Actor, name: str) -> Document:
    page = read_page(request, default=PAGE_SIZE, most=PAGE_SIZE)
    read = store.list_followers if name == "followers" else store.list_following
    listed = await read(conn, owner.id, page)
    items = [actor.uri for _, actor in listed]
    ids = [cursor for cursor, _ in listed]
    return ordered_page(f"{owner.uri}/{name}", items, page, ids)


async def _owner(request: web.Request, conn: Conn) -> Actor:
    owner = await find_local_by_name(conn, request.match_info["name"])
    if owner is None or owner.is_suspended:
        raise NotFound(f"no actor {request.match_info['name']}")
    if owner.is_gone:
        raise Gone(f"gone: {owner.uri}")
    return owner


def _answer(document: object) -> web.Response:
    """Never cached: it differs by who asks."""
    headers = {"Cache-Control": "private, no-store"}
    return activity_response(document, headers=headers)
