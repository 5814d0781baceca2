"""Where copies of others' files are read: by the row that names them, the gate first.

A digest stands for the address, so that a picture that is changed gets another
one. What cannot be had of a face is the face of nobody; of a post, nothing.
"""

from aiohttp import web

from fedinet.audiences.model import VISITOR
from fedinet.emojis.own_store import find_file
from fedinet.emojis.store import find_url
from fedinet.http.auth import member
from fedinet.http.context import ASSETS, POOL
from fedinet.kernel.errors import NotFound, Overloaded
from fedinet.kernel.ids import ActorId, PostId
from fedinet.media.context import COPIES, LIBRARY
from fedinet.media.model import Purpose
from fedinet.media.passes import has_pass
from fedinet.media.remote_store import Copy, find_actor_picture, find_post_file
from fedinet.media.serving import Wanted, send_file

routes = web.RouteTableDef()
_ID = "{id:[0-9]{1,18}}"
_DIGEST = "{digest:[0-9a-f]{16}}"


@routes.get(f"/media/posts/{_ID}/{_DIGEST}")
async def show_post_file(request: web.Request) -> web.StreamResponse:
    return await _post_file(request, small=False)


@routes.get(f"/media/posts/{_ID}/{_DIGEST}/small")
async def show_post_small(request: web.Request) -> web.StreamResponse:
    return await _post_file(request, small=True)


@routes.get(f"/media/actors/{_ID}/{{kind:avatar|header}}/{_DIGEST}")
async def show_actor_picture(request: web.Request) -> web.StreamResponse:
    """The picture that somebody elsewhere chose, else that of nobody."""
    kind: Purpose = "avatar" if request.match_info["kind"] == "avatar" else "header"
    actor_id = ActorId(int(request.match_info["id"]))
    name = request.match_info["digest"]
    url = await find_actor_picture(request.app[POOL], actor_id, kind, name)
    if url is None:
        raise NotFound(f"actor {actor_id} has no such {kind}")
    try:
        copy = await request.app[COPIES].get(url, kind)
        return await send_copy(request, copy, url, kind, small=False, is_public=True)
    except (NotFound, Overloaded):
        nobody = request.app[ASSETS].url(f"{kind}.png")
        headers = {"Location": nobody, "Cache-Control": "public, max-age=300"}
        return web.Response(status=302, headers=headers)


@routes.get(f"/media/emojis/{_ID}/{_DIGEST}")
async def show_emoji(request: web.Request) -> web.StreamResponse:
    """A small picture of ours or of another server. Who cannot have it reads its name instead."""
    emoji_id = int(request.match_info["id"])
    own = await find_file(request.app[POOL], emoji_id)
    if own is not None:
        wanted = Wanted(own.name, own.media_type, is_public=True)
        return await send_file(request, request.app[LIBRARY].files, wanted)
    url = await find_url(request.app[POOL], emoji_id)
    if url is None:
        raise NotFound(f"no emoji {emoji_id}")
    copy = await request.app[COPIES].get(url, "avatar")
    return await send_copy(request, copy, url, "avatar", small=False, is_public=True)


@routes.get(f"/media/emojis/{_ID}/{_DIGEST}/still")
async def show_still_emoji(request: web.Request) -> web.StreamResponse:
    """One of ours that moves, standing still."""
    own = await find_file(request.app[POOL], int(request.match_info["id"]))
    if own is None or own.still is None or own.still_type is None:
        raise NotFound(f"no emoji {request.match_info['id']} that moves")
    wanted = Wanted(own.still, own.still_type, is_public=True)
    return await send_file(request, request.app[LIBRARY].files, wanted)


async def _post_file(request: web.Request, *, small: bool) -> web.StreamResponse:
    found = member(request)
    post_id = PostId(int(request.match_info["id"]))
    elsewhere = await find_post_file(
        request.app[POOL],
        VISITOR if found is None else found.viewer,
        post_id,
        request.match_info["digest"],
        has_pass=has_pass(request),
    )
    if elsewhere is None:
        raise NotFound(f"post {post_id} has no such file for this reader")
    is_film = not elsewhere.media_type.startswith("image/")
    copy = await request.app[COPIES].get(elsewhere.url, "attachment", is_film=is_film)
    return await send_copy(
        request, copy, elsewhere.url, "attachment", small=small, is_public=elsewhere.is_public
    )


async def send_copy(
    request: web.Request, copy: Copy, url: str, purpose: Purpose, *, small: bool, is_public: bool
) -> web.StreamResponse:
    """Answer with our copy of a picture from elsewhere; ``small``: with its preview, if it has one.

    Raises:
        NotFound: the file is gone; it is noted, so that it is fetched again.
    """
    wanted = Wanted(copy.file, copy.media_type, is_public)
    if small and copy.preview_file is not None and copy.preview_type is not None:
        wanted = Wanted(copy.preview_file, copy.preview_type, is_public)
    try:
        return await send_file(request, request.app[LIBRARY].files, wanted)
    except NotFound:
        await request.app[COPIES].lost(url, purpose)
        raise
