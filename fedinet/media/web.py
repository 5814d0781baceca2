"""Where files are read: `/media/KEY`, and a smaller picture of each at `/media/KEY/small`.

Who knows the key of a file was shown it: servers fetch what followers are sent
without a signature. Only what stays in this community asks who comes
(docs/decisions/0010).
"""

from aiohttp import web

from fedinet.audiences.model import VISITOR, Visibility
from fedinet.http.auth import member
from fedinet.http.context import POOL
from fedinet.kernel.errors import NotFound
from fedinet.media.context import LIBRARY
from fedinet.media.passes import has_pass
from fedinet.media.serving import Wanted, send_file
from fedinet.media.store import Shown, find_shown

routes = web.RouteTableDef()
_KEY = "{key:[A-Za-z0-9_-]{24}}"
_PUBLIC = (Visibility.EVERYONE, Visibility.QUIET)


@routes.get("/media/" + _KEY)
async def show_file(request: web.Request) -> web.StreamResponse:
    shown = await _shown(request)
    media = shown.media
    wanted = Wanted(media.file, media.facts.media_type, _is_public(shown))
    return await send_file(request, request.app[LIBRARY].files, wanted)


@routes.get("/media/" + _KEY + "/small")
async def show_small(request: web.Request) -> web.StreamResponse:
    """The preview; the file itself where that is small enough."""
    shown = await _shown(request)
    media = shown.media
    wanted = Wanted(
        media.preview_file or media.file,
        media.preview_type or media.facts.media_type,
        _is_public(shown),
    )
    return await send_file(request, request.app[LIBRARY].files, wanted)


async def _shown(request: web.Request) -> Shown:
    """Find what may be shown to whoever asks.

    Raises:
        NotFound: no such key; its owner is suspended; it stays in the community, and a
            stranger asks.
    """
    found = member(request)
    viewer = VISITOR if found is None else found.viewer
    shown = await find_shown(request.app[POOL], viewer, request.match_info["key"])
    if shown is None or not shown.is_open:
        raise NotFound("no such media")
    stays_here = shown.visibility is Visibility.COMMUNITY
    if stays_here and not shown.is_visible and not has_pass(request):
        raise NotFound(f"media {shown.media.id} is not for {viewer}")
    return shown


def _is_public(shown: Shown) -> bool:
    return shown.visibility in _PUBLIC or shown.media.purpose != "attachment"
