"""People whom a half-written name may mean, asked by the page's script while it is typed."""

from aiohttp import web

from fedinet.http.auth import member
from fedinet.http.context import POOL
from fedinet.http.pages import render
from fedinet.kernel.errors import Forbidden, NotFound
from fedinet.posts.naming import read_name
from fedinet.posts.naming_store import list_meant

routes = web.RouteTableDef()


@routes.get("/write/names")
async def show_names(request: web.Request) -> web.Response:
    """A list to choose from, for what stands after ``@`` in ``?q=``; nothing where it has none.

    Raises:
        Forbidden: another site asks.
        NotFound: nobody is signed in.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise Forbidden("another site asks for names")
    writer = member(request)
    if writer is None:
        raise NotFound("names are for members")
    asked = read_name(request.query.get("q", ""))
    [people] = await list_meant(request.app[POOL], writer.actor_id, [asked]) if asked else [[]]
    return render(request, "posts/names.html", people=people)
