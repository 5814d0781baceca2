"""What our own pages are told while they are open: that something came, and not what.

A page that asks for server-sent events hears of new posts in its member's home (their ids, to
count each once) and of notifications; else it is told once what came since it was made. One
address does both, so that a page that was cut off asks what it missed, and then listens again.
"""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.db.query import Conn
from fedinet.filters.folding import done_to
from fedinet.filters.model import Context
from fedinet.filters.reader import leaving_out, reader_filters
from fedinet.http.auth import Member, member
from fedinet.http.browser import current_session
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.http.sessions import hash_session
from fedinet.kernel.errors import Forbidden
from fedinet.kernel.ids import PostId
from fedinet.kernel.paging import Page
from fedinet.notifications.store import count_unread
from fedinet.streaming import store
from fedinet.streaming.connection import Connection, events_answer, write_events
from fedinet.streaming.hub import HUB
from fedinet.streaming.model import Channel, Stream
from fedinet.timelines.around_store import list_around
from fedinet.timelines.store import list_home

routes = web.RouteTableDef()

_MOST_COUNTED: Final = 40
_MOST_DIGITS: Final = 18


@routes.get("/live")
async def tell_page(request: web.Request) -> web.StreamResponse:
    """Tell a page of ours. 204: nobody is signed in here any more, so it need not ask again.

    Raises:
        Forbidden: another site asks.
        Overloaded: enough listen.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise Forbidden("another site listens")
    found = member(request)
    if found is None:
        return web.Response(status=204)
    if "text/event-stream" not in request.headers.get("Accept", ""):
        return await _what_came(request, found)
    session = hash_session(current_session(request))
    hub = request.app[HUB]
    hub.make_room(session)
    connection = Connection(request, found, session, {Stream(Channel.PAGE)})
    answer = events_answer()
    with hub.joined(connection):
        await answer.prepare(request)
        await write_events(answer, connection)
    return answer


async def _what_came(request: web.Request, found: Member) -> web.Response:
    """``posts``: ids, those of others that came into the home after the item ``since``, at most
    40, without what the reader's filters leave out; empty without ``since``. ``told``: whether
    notifications wait.
    """
    since = request.query.get("since", "")
    async with request.app[POOL].acquire() as conn:
        told = await count_unread(conn, found.viewer) > 0
        new: list[PostId] = []
        if since.isascii() and since.isdigit() and len(since) <= _MOST_DIGITS:
            page = Page(limit=_MOST_COUNTED, since_id=int(since))
            items = await list_home(conn, found.viewer, page)
            others = await store.list_of_others(
                conn, {item.post_id for item in items}, found.actor_id
            )
            new = [
                item.post_id
                for item in items
                if (item.post_id in others if item.booster_id is None else True)
                and item.booster_id != found.actor_id
            ]
            new = await _not_hidden(request, conn, found, new)
    return json_response({"posts": [str(post_id) for post_id in new], "told": told})


async def _not_hidden(
    request: web.Request, conn: Conn, found: Member, post_ids: list[PostId]
) -> list[PostId]:
    """Without those that a filter leaves out of the home. Posts are read only where one does."""
    hiding = leaving_out(reader_filters(request, Context.HOME))
    if not (hiding and post_ids):
        return post_ids
    posts, now = (await list_around(conn, found.viewer, post_ids)).posts, datetime.now(UTC)
    return [
        post_id
        for post_id in post_ids
        if post_id in posts and not done_to(posts[post_id], hiding, found.actor_id, now).hidden
    ]
