"""oEmbed: what other sites may show of a post to everyone.

Source: https://oembed.com; https://docs.joinmastodon.org/methods/oembed/
"""

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.audiences.model import VISITOR, Visibility
from fedinet.feeds.embed import embed_entity
from fedinet.feeds.model import entry_of
from fedinet.http.apps import reader
from fedinet.http.context import NODE, POOL, URIS
from fedinet.http.json import json_response
from fedinet.kernel.errors import NotFound
from fedinet.posts.store import find_own_post_id, find_visible

routes = web.RouteTableDef()


@routes.get("/api/oembed")
async def show_embed(request: web.Request) -> web.Response:
    """Describe the post whose address is ``url``, as JSON; 501 to who wants another ``format``.

    Raises:
        NotFound: nothing of ours that everybody may read. All looks the same.
    """
    if request.query.get("format", "json") != "json":
        return json_response({"error": "Ask for it with format=json"}, status=501)
    address = request.query.get("url", "").partition("?")[0].partition("#")[0]
    uris, asking = request.app[URIS], reader(request, "read:statuses")
    if not uris.is_ours(address):
        raise NotFound(f"nothing to embed at {address[:200]!r}")
    async with request.app[POOL].acquire() as conn:
        post_id = await find_own_post_id(conn, address)
        post = None if post_id is None else await find_visible(conn, VISITOR, post_id)
        kept_away = post is None or await find_visible(conn, asking, post.id) is None
        if post is None or kept_away or post.visibility is not Visibility.EVERYONE:
            raise NotFound(f"no post to everyone at {address[:200]!r}")
        author = await get_actor(conn, post.author_id)
    return json_response(
        embed_entity(
            entry_of(post, author, uris.origin),
            folded=bool(post.content_note),
            house=(await request.app[NODE].get()).name,
            origin=str(uris.origin),
            width=_most(request, "maxwidth"),
            height=_most(request, "maxheight"),
        ),
    )


def _most(request: web.Request, name: str) -> int | None:
    written = request.query.get(name, "")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 6 else None
