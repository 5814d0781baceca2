"""How other servers find us: WebFinger, host-meta, NodeInfo, actors at their exact ids.

All of it is public and served unsigned: a server that signs its fetches with a
key of ours has to fetch that key first.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from aiohttp import web

from fedinet.actors import store as actors
from fedinet.actors.activities import actor_document, tombstone
from fedinet.actors.keys import find_node_actor
from fedinet.actors.keys_store import find_keys
from fedinet.actors.model import Actor
from fedinet.db.query import Pool
from fedinet.discovery import model, nodeinfo, store
from fedinet.discovery.model import Named
from fedinet.discovery.weeks import Week, last_weeks
from fedinet.http.context import NODE, POOL, SETTINGS, URIS
from fedinet.http.json import activity_response, json_response
from fedinet.http.negotiation import wants_activity
from fedinet.joining import ways_store
from fedinet.joining.elsewhere import our_entrance
from fedinet.kernel.errors import Gone, Malformed, NotFound

routes = web.RouteTableDef()

_KEEP_S: Final = 3600
_PUBLIC: Final = {"Cache-Control": f"public, max-age={_KEEP_S}"}
_USAGE_KEPT: Final = timedelta(minutes=10)
_WEEKS_KEPT: Final = timedelta(hours=1)


class Counts:
    """The numbers of NodeInfo and Instance, each process counting at most every ten minutes."""

    def __init__(self) -> None:
        self._usage: nodeinfo.Usage | None = None
        self._until = datetime.min.replace(tzinfo=UTC)
        self._weeks: list[Week] | None = None
        self._weeks_until = self._until

    async def get(self, pool: Pool, now: datetime) -> nodeinfo.Usage:
        if self._usage is None or now >= self._until:
            self._until = now + _USAGE_KEPT  # before the query: others take the old numbers
            self._usage = await store.count_usage(pool, now)
        return self._usage

    async def weeks(self, pool: Pool, now: datetime) -> list[Week]:
        """The last twelve weeks, counted at most once an hour."""
        if self._weeks is None or now >= self._weeks_until:
            self._weeks_until = now + _WEEKS_KEPT
            self._weeks = await store.list_weeks(pool, last_weeks(now))
        return self._weeks


COUNTS = web.AppKey("discovery_counts", Counts)


@routes.get("/.well-known/webfinger")
async def show_webfinger(request: web.Request) -> web.Response:
    """Say whose document a handle or an address of ours leads to.

    Raises:
        Malformed: no or a nonsensical resource. NotFound: not here. Gone: left.

    Source: RFC 7033
    """
    raw = request.query.getall("resource", [])
    if len(raw) != 1:
        raise Malformed("not one resource", public="Say one resource: ?resource=acct:name@host")
    uris = request.app[URIS]
    resource = model.read_resource(raw[0], uris, request.app[SETTINGS].account_domain)
    match resource:
        case None:
            raise NotFound(f"not our resource: {raw[0][:200]!r}")
        case Named(username):
            jrd = model.actor_jrd(await _member(request, username), uris)
        case _:
            as_address = raw[0].startswith(("https://", "http://"))
            jrd = model.node_jrd(await _node_actor(request), uris, as_address=as_address)
    return _json(
        model.only_rels(jrd, request.query.getall("rel", [])), "application/jrd+json", _PUBLIC
    )


@routes.get("/.well-known/host-meta")
async def show_host_meta(request: web.Request) -> web.Response:
    """Name our WebFinger address, in XML unless JSON is asked for. Source: RFC 6415."""
    if "json" in request.headers.get("Accept", ""):
        return _json(model.host_meta_json(request.app[URIS]), "application/jrd+json", _PUBLIC)
    return web.Response(
        text=model.host_meta_xml(request.app[URIS]),
        content_type="application/xrd+xml",
        charset="utf-8",
        headers=_PUBLIC,
    )


@routes.get("/.well-known/host-meta.json")
async def show_host_meta_json(request: web.Request) -> web.Response:
    return _json(model.host_meta_json(request.app[URIS]), "application/jrd+json", _PUBLIC)


@routes.get("/.well-known/nodeinfo")
async def list_nodeinfo(request: web.Request) -> web.Response:
    return json_response(nodeinfo.links(request.app[URIS]), headers=_PUBLIC)


@routes.get("/nodeinfo/{version}")
async def show_nodeinfo(request: web.Request) -> web.Response:
    """Describe the node in the schema that was asked for.

    Raises:
        NotFound: another schema than 2.0 and 2.1.
    """
    version = request.match_info["version"].removesuffix(".json")
    if version not in nodeinfo.VERSIONS:
        raise NotFound(f"no NodeInfo {version[:20]!r}")
    pool, now = request.app[POOL], datetime.now(UTC)
    usage = await request.app[COUNTS].get(pool, now)
    node = await request.app[NODE].get()
    ways, room = await ways_store.get_ways(pool), await ways_store.read_room(pool, now=now)
    document = nodeinfo.document(
        version,
        usage,
        name=node.name,
        purpose=node.purpose,
        entrance=our_entrance(request.app[URIS], ways, room),
    )
    return _json(document, nodeinfo.media_type(version), _PUBLIC)


@routes.get("/users/{name}")
async def show_actor(request: web.Request) -> web.Response:
    """Serve the document at the actor's exact id; people are led to the page.

    Source: https://www.w3.org/TR/activitypub/#retrieving-objects
    """
    actor = await actors.find_local_by_name(request.app[POOL], request.match_info["name"])
    if actor is None or actor.username != request.match_info["name"]:
        raise NotFound("no such actor")
    if not wants_activity(request):
        if actor.is_gone:
            raise Gone(f"{actor.username} has left")
        return web.Response(status=303, headers={"Location": actor.page_url})
    if actor.is_gone:
        return activity_response(tombstone(actor), status=410)
    return await _document(request, actor)


@routes.get("/actor")
async def show_node_actor(request: web.Request) -> web.Response:
    """Serve the actor that stands for the server, to everyone: it signs our fetches."""
    actor = await _node_actor(request)
    if not wants_activity(request):
        return web.Response(status=303, headers={"Location": actor.page_url})
    return await _document(request, actor)


@routes.get("/actor/outbox")
async def show_node_outbox(request: web.Request) -> web.Response:
    """The server itself says nothing."""
    actor = await _node_actor(request)
    return activity_response(
        {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": actor.outbox_uri,
            "type": "OrderedCollection",
            "totalItems": 0,
            "orderedItems": [],
        }
    )


async def _document(request: web.Request, actor: Actor) -> web.Response:
    keys = await find_keys(request.app[POOL], actor.id)
    return activity_response(actor_document(actor, keys))


async def _member(request: web.Request, username: str) -> Actor:
    actor = await actors.find_local_by_name(request.app[POOL], username)
    if actor is None:
        raise NotFound(f"nobody here is called {username[:60]!r}")
    if actor.is_gone:
        raise Gone(f"{username} has left")
    return actor


async def _node_actor(request: web.Request) -> Actor:
    actor = await find_node_actor(request.app[POOL], request.app[URIS])
    if actor is None:
        raise NotFound("the node actor was not made yet")
    return actor


def _json(document: object, media_type: str, headers: dict[str, str]) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(document), headers={**headers, "Content-Type": media_type}
    )
