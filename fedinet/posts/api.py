"""Posts for other servers, each at its own id.

Every answer went through the gate for whoever signed the request. A post for
this community has no form for other servers, so it is not here for anybody.
"""

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import find_local_by_name, get_actor
from fedinet.audiences.model import Viewer, Visibility
from fedinet.db.query import Conn
from fedinet.http.auth import viewer
from fedinet.http.context import POOL, URIS
from fedinet.http.json import activity_response
from fedinet.http.negotiation import wants_activity
from fedinet.kernel.errors import Gone, NotFound
from fedinet.kernel.ids import PostId
from fedinet.posts import activities, reach, store
from fedinet.posts.given import COLLECTION_TYPES
from fedinet.posts.model import Post
from fedinet.posts.own_collections import filled

routes = web.RouteTableDef()


@routes.get(r"/posts/{id:[0-9]{1,18}}")
async def show_post(request: web.Request) -> web.Response:
    """Serve the document at the post's exact id; people are led to its page."""
    asking = await viewer(request)
    async with request.app[POOL].acquire() as conn:
        post = await _find(request, conn, asking)
        if post is None:
            return await _absent(request, conn)
        if not wants_activity(request):
            return web.Response(status=303, headers={"Location": post.page_url})
        author = await get_actor(conn, post.author_id)
        people = await reach.list_inside(conn, post)
        document = activities.note_document(post, author, people)
        if post.kind in COLLECTION_TYPES:
            document = await filled(conn, asking, post, document, request.query)
    return activity_response(document)


async def _find(request: web.Request, conn: Conn, asking: Viewer) -> Post | None:
    post = await store.find_visible(conn, asking, PostId(int(request.match_info["id"])))
    if post is None or not post.is_local or post.visibility is Visibility.COMMUNITY:
        return None
    return post


async def get_served(request: web.Request, conn: Conn, asking: Viewer) -> Post:
    """Read the post that the address names.

    Raises:
        NotFound: not ours, not for whoever asks, or only for this community.
    """
    post = await _find(request, conn, asking)
    if post is None:
        raise NotFound(f"post {request.match_info['id']} for {asking}")
    return post


async def _absent(request: web.Request, conn: Conn) -> web.Response:
    """Answer 410 for what everybody could see, else 404: not there and not for you look the same.

    Raises:
        NotFound, Gone: as the errors' page or problem.
    """
    uri = request.app[URIS].post(PostId(int(request.match_info["id"])))
    if wants_activity(request) and await store.was_public(conn, uri):
        return activity_response(activities.tombstone(uri), status=410)
    raise await store.why_absent(conn, uri)


async def get_author(request: web.Request, conn: Conn) -> Actor:
    """Read the local actor that the address names.

    Raises:
        NotFound, Gone: nobody, suspended, or no more.
    """
    author = await find_local_by_name(conn, request.match_info["name"])
    if author is None or author.uri != request.app[URIS].actor(author.username):
        raise NotFound(f"no actor named {request.match_info['name'][:60]!r}")
    if author.is_gone:
        raise Gone(f"gone: {author.uri}")
    if author.is_suspended:
        raise NotFound(f"suspended: {author.uri}")
    return author
