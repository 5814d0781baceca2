"""The outbox of a member: what they wrote, shared, and did by ActivityPub clients, by time."""

from typing import Final

from aiohttp import web

from fedinet.http.auth import viewer
from fedinet.http.context import POOL
from fedinet.http.json import activity_response
from fedinet.http.paging import read_page
from fedinet.posts import activities as posts_activities
from fedinet.posts.api import get_author
from fedinet.posts.outbox import count_outbox, list_outbox
from fedinet.reactions import activities
from fedinet.reactions.collections_store import count_boosts_by, list_boosts_by
from fedinet.vocab.collection import whole

routes = web.RouteTableDef()

PAGE_SIZE: Final = 20


@routes.get("/users/{name}/outbox")
async def show_outbox(request: web.Request) -> web.Response:
    """Serve what somebody did, newest first, as far as the asking one may see it.

    Source: https://www.w3.org/TR/activitypub/#outbox
    """
    asking = await viewer(request)
    async with request.app[POOL].acquire() as conn:
        author = await get_author(request, conn)
        total = await count_outbox(conn, asking, author)
        total += await count_boosts_by(conn, asking, author.id)
        before = read_page(request).max_id
        boosts = await list_boosts_by(conn, asking, author.id, before=before, limit=PAGE_SIZE)
        shared = {
            one.boost.id: activities.announce(author, one.boost, post=one.post, author=one.author)
            for one in boosts
        }
        items, older = await list_outbox(
            conn, asking, author, shared=shared, before=before, limit=PAGE_SIZE
        )
    document = posts_activities.outbox_page(author, items, before=before, older=older)
    return activity_response(document if "page" in request.query else whole(document, total=total))
