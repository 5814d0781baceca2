"""ActivityPub, client to server: POST to one's own outbox, and activities at their ids.

Source: https://www.w3.org/TR/activitypub/#client-to-server-interactions
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, cast

import msgspec
from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import find_local_by_name, get_actor
from fedinet.audiences.model import Viewer
from fedinet.client.activities import public_part, shown
from fedinet.client.commands import do_posted
from fedinet.client.context import DOCUMENTS, OUTBOUND
from fedinet.client.dispatch import Entry, Sources, entries_for
from fedinet.client.gather import MAX_REQUESTS, find_addressed
from fedinet.client.model import Draft, NotYours, Posted, read_draft
from fedinet.db.pool import transaction
from fedinet.db.query import Conn
from fedinet.http.auth import Member, require_member, require_scope, viewer
from fedinet.http.context import ACTORS, POOL, URIS
from fedinet.http.json import activity_response, problem_response
from fedinet.inbox import activities_store
from fedinet.inbox.limits import check_headers
from fedinet.inbox.model import Refused
from fedinet.kernel.errors import Gone, NotFound
from fedinet.kernel.ids import ObjectUri
from fedinet.kernel.names import new_activity_uri
from fedinet.net.budget import Budget
from fedinet.outbox.activities_store import find_activity as find_outgoing
from fedinet.vocab.activity import Document
from fedinet.vocab.json import decode

routes = web.RouteTableDef()

_VARY: Final = "Accept, Authorization, Cookie, Signature, Signature-Input"


@routes.post(r"/users/{name}/outbox")
async def post_to_outbox(request: web.Request) -> web.Response:
    """Do what a member's client posts, and say under which id: 201 with ``Location``."""
    found = require_owner(request)
    author = await get_actor(request.app[POOL], found.actor_id)
    try:
        check_headers(
            request.headers.get("Content-Type"),
            request.headers.get("Content-Encoding"),
            request.content_length,
        )
    except Refused as error:
        return problem_response(error.status, error.public, reason=error.reason)
    document = await asyncio.to_thread(decode, await request.read())
    draft = read_draft(document, author)
    entries = entries_for(request.app[OUTBOUND], draft.activity)
    require_scope(request, *(entry.scope for entry in entries[:1]))
    posted = await prepared(request, author, draft, entries)
    async with transaction(request.app[POOL]) as tx:
        done = await do_posted(tx, entries, posted)
    return web.Response(status=201, headers={"Location": done.uri, "Cache-Control": "no-store"})


async def prepared(
    request: web.Request, author: Actor, draft: Draft, entries: tuple[Entry, ...]
) -> Posted:
    """Find out who is meant, before the transaction."""
    pool, actors = request.app[POOL], request.app[ACTORS]
    sources = Sources(pool, actors, Budget(MAX_REQUESTS))
    own = frozenset((author.uri, author.followers_uri or ""))
    people = await find_addressed(sources, author, draft.addressed.everybody, own)
    found: Mapping[str, Actor] = {}
    for entry in entries:
        if entry.gather is not None:
            found = {**found, **await entry.gather(sources, draft)}
    return Posted(
        uri=new_activity_uri(author.uri),
        activity=draft.activity,
        document=draft.document,
        author=author,
        addressed=draft.addressed,
        people=people,
        found=found,
        now=datetime.now(UTC),
    )


@routes.get("/activities/{id}")
async def show_activity(request: web.Request) -> web.Response:
    """Show an activity to who did it and whom it reached; to everybody what is public.

    Its object is embedded as far as the gate lets the reader see it.
    """
    asking = await viewer(request)
    uri = ObjectUri(f"{request.app[URIS].origin}/activities/{request.match_info['id']}")
    async with request.app[POOL].acquire() as conn:
        kept = await activities_store.find_activity(conn, uri, asking.actor_id)
        if kept is None:
            return await _show_outgoing(conn, uri)
        activity, is_gone = kept
        if is_gone:
            raise Gone(f"its author has left: {uri}")
        [document] = await shown_to(request, conn, asking, [activity])
    caching = "public, max-age=180" if activity.is_public else "private, no-store"
    return activity_response(document, headers={"Cache-Control": caching, "Vary": _VARY})


async def _show_outgoing(conn: Conn, uri: ObjectUri) -> web.Response:
    """What we sent without its being kept as an activity: as long as it is there, if public."""
    stored = await find_outgoing(conn, uri)
    if stored is None or stored.sender_is_suspended:
        raise NotFound(f"no activity {uri}")
    part = public_part(cast(Document, msgspec.json.decode(stored.body)))
    if part is None:
        raise NotFound(f"not public: {uri}")
    if stored.sender_is_gone:
        raise Gone(f"its sender has left: {uri}")
    headers = {"Cache-Control": "public, max-age=180", "Vary": _VARY}
    return activity_response(part, headers=headers)


async def shown_to(
    request: web.Request, conn: Conn, asking: Viewer, kept: list[activities_store.Kept]
) -> list[Document]:
    """Complete envelopes with their objects, as far as the reader may see these."""
    uris = [one.object_uri for one in kept if one.object_uri is not None]
    objects = await request.app[DOCUMENTS](conn, asking, uris)
    return [shown(one.envelope, one.object_uri, objects) for one in kept]


def require_owner(request: web.Request) -> Member:
    """The member whose address this is.

    Raises:
        Unauthenticated: no or a dead token.
        NotYours: another's.
    """
    found = require_member(request)
    if found.username != request.match_info["name"]:
        raise NotYours("not_your_box", "This is somebody else’s")
    return found


async def find_owner(request: web.Request, conn: Conn) -> Actor:
    """The actor whose address this is.

    Raises:
        NotFound, Gone: nobody, or nobody any more.
    """
    owner = await find_local_by_name(conn, request.match_info["name"])
    if owner is None or owner.is_suspended:
        raise NotFound(f"no actor {request.match_info['name']}")
    if owner.is_gone:
        raise Gone(f"gone: {owner.uri}")
    return owner
