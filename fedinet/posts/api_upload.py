"""``uploadMedia``: a member's client sends a file and what it says of it; both become an object.

Source: https://www.w3.org/TR/activitypub/#uploading-media (6.12)
"""

from typing import Final

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.client.api import prepared, require_owner
from fedinet.client.commands import do_posted
from fedinet.client.context import OUTBOUND
from fedinet.client.dispatch import entries_for
from fedinet.client.model import Refusal, read_draft
from fedinet.db.pool import transaction
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL, URIS
from fedinet.http.params import read_params
from fedinet.kernel.names import NodeUris
from fedinet.kernel.pictures import own_path
from fedinet.media.context import LIBRARY
from fedinet.media.model import Kind, Media
from fedinet.media.store import attach
from fedinet.posts.store import find_own_post_id
from fedinet.vocab.activity import Document, text_of
from fedinet.vocab.json import decode

routes = web.RouteTableDef()

_TYPES: Final = {Kind.PICTURE: "Image", Kind.FILM: "Video", Kind.SOUND: "Audio"}
_MAX_DESCRIPTION: Final = 1500


@routes.post(r"/users/{name}/media")
async def upload(request: web.Request) -> web.Response:
    """Take a file in, and make the object that it belongs to: 201 with its id.

    Raises:
        Refusal: no file, or an object that is none.
    """
    found = require_owner(request)
    require_scope(request, "write:media")
    params = await read_params(request)
    file = params.file("file")
    if file is None:
        raise Refusal("no_file", "Send multipart/form-data with file and object")
    said = decode((params.text("object") or "{}").encode())
    if "object" in said:
        raise Refusal("not_an_object", "The shell is the object itself, not an activity")
    author = await get_actor(request.app[POOL], found.actor_id)
    media = await request.app[LIBRARY].upload(
        found.actor_id, file.file, description=text_of(said, "name")[:_MAX_DESCRIPTION]
    )
    draft = read_draft(_described(said, media, request.app[URIS]), author)
    entries = entries_for(request.app[OUTBOUND], draft.activity)
    posted = await prepared(request, author, draft, entries)
    async with transaction(request.app[POOL]) as tx:
        done = await do_posted(tx, entries, posted)
        uri = done.object_uri or done.uri
        post_id = await find_own_post_id(tx, uri)
        if post_id is not None:
            await attach(tx, [media.id], post_id)
    headers = {"Location": uri, "Cache-Control": "no-store"}
    return web.Response(status=201, headers=headers)


def _described(said: Document, media: Media, uris: NodeUris) -> dict[str, object]:
    """The shell with the file's address, which is ours to give."""
    link: dict[str, object] = {
        "type": "Link",
        "href": f"{uris.origin}{own_path(media.key)}",
        "mediaType": media.facts.media_type,
    }
    sizes = {"width": media.facts.width, "height": media.facts.height}
    link |= {key: value for key, value in sizes.items() if value}
    return {
        "type": _TYPES[media.kind],
        **said,
        "url": [link],
        "mediaType": media.facts.media_type,
    }
