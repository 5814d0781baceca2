"""The search page: people, posts and subjects; an address or a handle leads straight there."""

from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.http.auth import Member, require_member
from fedinet.http.context import POOL
from fedinet.http.limits import Limit, count_attempt
from fedinet.http.pages import render
from fedinet.http.redirects import see_other
from fedinet.search.find import FINDER, find
from fedinet.search.model import MAX_TEXT, NOTHING, Found, Search, handle_of, is_address, read_text
from fedinet.timelines.entries import entries_of_posts

routes = web.RouteTableDef()
_LIMIT: Final = Limit("search-elsewhere", 120, timedelta(hours=1))
_EACH: Final = 20


@routes.get("/search")
async def show_search(request: web.Request) -> web.Response:
    """Find what the member may see; what is elsewhere is asked for there, within a time.

    Another site's "follow" or "reply" button ends here too, by way of
    ``/authorize_interaction``.

    Raises:
        TooManyRequests: each handle or address may make us ask a server.
    """
    found_by = require_member(request)
    text = read_text(request.query.get("q", "").replace("\0", ""))
    if not text:
        return await _results(request, found_by, "", NOTHING)
    names_one = is_address(text) or handle_of(text) is not None
    if names_one:
        who = str(found_by.account_id)
        await count_attempt(request.app[POOL], _LIMIT, who, now=datetime.now(UTC))
    search = Search(text=text, limit=_EACH, resolve=names_one, saying=True)
    found = await find(request.app[FINDER], found_by.viewer, search)
    if names_one and len(found.people) + len(found.posts) == 1:
        return see_other(await _path(request, found_by, found))
    return await _results(request, found_by, text, found)


async def _path(request: web.Request, found_by: Member, found: Found) -> str:
    """Our page of the one thing that an address or handle names."""
    if found.people:
        return f"/@{found.people[0].handle}"
    async with request.app[POOL].acquire() as conn:
        [entry] = await entries_of_posts(conn, found_by.viewer, found.posts, with_echo=False)
    return entry.path


async def _results(request: web.Request, found_by: Member, text: str, found: Found) -> web.Response:
    async with request.app[POOL].acquire() as conn:
        entries = await entries_of_posts(conn, found_by.viewer, found.posts)
    return render(
        request,
        "search/search.html",
        nav="search",
        words=text,
        found=found,
        entries=entries,
        is_address=is_address(text),
        is_handle=handle_of(text) is not None,
        most=MAX_TEXT,
        each=_EACH,
    )
