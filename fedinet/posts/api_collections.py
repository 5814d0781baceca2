"""The collections around a post of ours, for other servers: its answers, and its conversation.

Everybody's answers are in them, by id, as far as the gate lets the asking one
see them. What is for this community has no form for other servers.
"""

from typing import Final

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.http.auth import viewer
from fedinet.http.context import POOL
from fedinet.http.json import activity_response
from fedinet.http.paging import read_page
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import ObjectUri, PostId
from fedinet.posts import thread_store
from fedinet.posts.api import get_served
from fedinet.posts.model import Post
from fedinet.vocab.activity import Document
from fedinet.vocab.collection import bare, collection, ordered_page
from fedinet.vocab.context import ACTIVITY_CONTEXT

routes = web.RouteTableDef()

REPLIES_PAGE: Final = 50
CONTEXT_PAGE: Final = 100


@routes.get(r"/posts/{id:[0-9]{1,18}}/replies")
async def list_replies(request: web.Request) -> web.Response:
    """Serve the answers to a post, oldest first, so that peers complete threads.

    Source: FEP-7458; Mastodon 4.5 walks ``first``, ``next`` and ``items``.
    """
    asking = await viewer(request)
    async with request.app[POOL].acquire() as conn:
        post = await get_served(request, conn, asking)
        after = _after(request)
        replies = await thread_store.list_reply_uris(
            conn, asking, post.id, after=after, limit=REPLIES_PAGE
        )
    page = _replies_page(post, replies, after)
    if "page" in request.query:
        return activity_response(page)
    whole = collection(
        f"{post.uri}/replies", ordered=False, total=post.replies_count, first=bare(page)
    )
    return activity_response(whole)


@routes.get(r"/posts/{id:[0-9]{1,18}}/context")
async def show_context(request: web.Request) -> web.Response:
    """Serve the conversation that a post of ours began, newest first. Its author owns it.

    Source: FEP-7888, FEP-f228. Deviates: from the order of FEP-f228, since
    ActivityPub 5 asks every OrderedCollection to be in reverse chronological order.
    """
    asking = await viewer(request)
    async with request.app[POOL].acquire() as conn:
        post = await get_served(request, conn, asking)
        if post.id != post.root_id:
            raise NotFound(f"{post.uri} began no conversation")
        uri = f"{post.uri}/context"
        if "page" not in request.query:
            owner = await get_actor(conn, post.author_id)
            whole = collection(uri, first=f"{uri}?page=true", owner=owner.uri)
            return activity_response(whole)
        page = read_page(request, default=CONTEXT_PAGE, most=CONTEXT_PAGE)
        listed = await thread_store.list_thread_uris(conn, asking, post.id, page)
    items = [found for _, found in listed]
    return activity_response(ordered_page(uri, items, page, [key for key, _ in listed]))


def _replies_page(
    post: Post, replies: list[tuple[PostId, ObjectUri]], after: PostId | None
) -> Document:
    start = f"{post.uri}/replies?page=true"
    is_full = len(replies) == REPLIES_PAGE
    return {
        "@context": ACTIVITY_CONTEXT,
        "id": start if after is None else f"{start}&after={after}",
        "type": "CollectionPage",
        "partOf": f"{post.uri}/replies",
        **({"next": f"{start}&after={replies[-1][0]}"} if is_full else {}),
        "items": [uri for _, uri in replies],
    }


def _after(request: web.Request) -> PostId | None:
    raw = request.query.get("after", "")
    return PostId(int(raw)) if raw.isascii() and raw.isdigit() and len(raw) <= 18 else None
