"""GET /activities/ID: what we did in public, for peers that ask again.

The object is named and never repeated: whoever wants its text asks for it at
its own address, where the gate stands. So an old Create shows nothing of a post
that was deleted or narrowed since.
"""

from typing import Final, cast

import msgspec
from aiohttp import web

from fedinet.db.query import Pool
from fedinet.kernel.errors import Gone, NotFound
from fedinet.kernel.ids import ObjectUri
from fedinet.kernel.names import NodeUris
from fedinet.outbox.activities_store import find_activity
from fedinet.vocab.activity import Document, is_public, uri_of, uris_of

OUTBOX_POOL: web.AppKey[Pool] = web.AppKey("outbox_pool")
OUTBOX_URIS = web.AppKey("outbox_uris", NodeUris)

_SHOWN: Final = ("@context", "id", "type", "actor", "published", "to", "cc")
_HEADERS: Final = {
    "Cache-Control": "public, max-age=180",
    "Vary": "Accept, Authorization, Cookie, Signature, Signature-Input",
}


def routes() -> list[web.RouteDef]:
    """The address of this room. The application keeps ``OUTBOX_POOL`` and ``OUTBOX_URIS``."""
    return [web.get("/activities/{id}", get_activity)]


async def get_activity(request: web.Request) -> web.Response:
    """Answer with a public activity; 404 for any other, 410 where its sender has left."""
    uri = ObjectUri(f"{request.app[OUTBOX_URIS].origin}/activities/{request.match_info['id']}")
    stored = await find_activity(request.app[OUTBOX_POOL], uri)
    if stored is None or stored.sender_is_suspended:
        raise NotFound(f"no activity {uri}")
    shown = public_part(cast(Document, msgspec.json.decode(stored.body)))
    if shown is None:
        raise NotFound(f"not public: {uri}")
    if stored.sender_is_gone:
        raise Gone(f"its sender has left: {uri}")
    return web.Response(
        body=msgspec.json.encode(shown),
        content_type="application/activity+json",
        headers=_HEADERS,
    )


def public_part(activity: Document) -> Document | None:
    """Reduce an activity to its envelope and the URI of its object; None where it is not public."""
    addressed = (*uris_of(activity.get("to")), *uris_of(activity.get("cc")))
    object_uri = uri_of(activity.get("object"))
    if object_uri is None or not any(map(is_public, addressed)):
        return None
    return {key: activity[key] for key in _SHOWN if key in activity} | {"object": object_uri}
