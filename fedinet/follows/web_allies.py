"""The page of people in allied communities who let themselves be found."""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.allies.people_store import list_people
from fedinet.allies.store import list_mutual
from fedinet.http.auth import require_member
from fedinet.http.context import POOL
from fedinet.http.pages import render

routes = web.RouteTableDef()

_ON_A_PAGE: Final = 50
_MOST: Final = 300


@routes.get("/people/allies")
async def show_people_of_allies(request: web.Request) -> web.Response:
    """Who may be found in allied communities, A to Z; ``?q=`` narrows it. For members."""
    require_member(request)
    words, name, actor = (
        request.query.get(key, "").replace("\0", "")[:_MOST].strip() for key in ("q", "name", "at")
    )
    after = (name, actor) if actor else None
    async with request.app[POOL].acquire() as conn:
        people = await list_people(conn, words=words, after=after, limit=_ON_A_PAGE + 1)
        allied = await list_mutual(conn, datetime.now(UTC))
    further = ""
    if len(people) > _ON_A_PAGE:
        last = people[_ON_A_PAGE - 1]
        query = {"q": words, "name": last.sort_name, "at": last.actor_uri}
        further = str(request.rel_url.with_query(query))
    return render(
        request,
        "follows/allies.html",
        nav="people",
        people=people[:_ON_A_PAGE],
        allied=allied,
        words=words,
        further=further,
    )
