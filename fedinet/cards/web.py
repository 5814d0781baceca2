"""The picture of a card: our copy of it, fetched when somebody looks."""

from aiohttp import web

from fedinet.cards.store import find_image
from fedinet.http.context import POOL
from fedinet.kernel.errors import NotFound
from fedinet.kernel.pictures import digest
from fedinet.media.context import COPIES
from fedinet.media.web_remote import send_copy

routes = web.RouteTableDef()


@routes.get("/media/cards/{id:[0-9]{1,18}}/{digest:[0-9a-f]{16}}")
async def show_image(request: web.Request) -> web.StreamResponse:
    """A smaller picture where there is one; who asks without its digest learns nothing."""
    url = await find_image(request.app[POOL], int(request.match_info["id"]))
    if not url or digest(url) != request.match_info["digest"]:
        raise NotFound(f"no card {request.match_info['id']} with this picture")
    copy = await request.app[COPIES].get(url, "attachment")
    if not copy.media_type.startswith("image/"):
        raise NotFound(f"not a picture: {url}")
    return await send_copy(request, copy, url, "attachment", small=True, is_public=True)
