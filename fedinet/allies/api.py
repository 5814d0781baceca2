"""Alliances as documents for other servers: whom we name, each statement with its proof."""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.actors.keys import find_node_actor
from fedinet.allies import activities, sharing, store
from fedinet.allies.context import SIGNER
from fedinet.allies.people_store import list_own_people
from fedinet.db.query import Conn
from fedinet.http.auth import is_signed, require_signer
from fedinet.http.context import POOL, URIS
from fedinet.http.json import activity_response
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import Domain
from fedinet.policy import store as rules_store
from fedinet.signing.integrity import with_proof
from fedinet.signing.keys import KeyKind

routes = web.RouteTableDef()

_MOST_DOMAIN: Final = 300
_RULES: Final = 1000


@routes.get("/actor/allies")
async def show_allies(request: web.Request) -> web.Response:
    """Name those who are allies now. Posts for allied communities are addressed to this."""
    async with request.app[POOL].acquire() as conn:
        allied = await store.list_mutual(conn, datetime.now(UTC))
    return activity_response(activities.collection(request.app[URIS], allied))


@routes.get("/actor/people")
async def show_people(request: web.Request) -> web.Response:
    """List members who said that they may be found, for the nodes of allies alone.

    Raises:
        NotFound: no ally's node asks. It looks as if there were nothing.
    """
    async with request.app[POOL].acquire() as conn:
        await _require_ally(request, conn)
        people = await list_own_people(conn)
    return activity_response(sharing.people_document(request.app[URIS], people))


@routes.get("/actor/rules")
async def show_rules(request: web.Request) -> web.Response:
    """List the stewards' rules about servers that have a public reason, for allies alone.

    Raises:
        NotFound: no ally's node asks.
    """
    async with request.app[POOL].acquire() as conn:
        await _require_ally(request, conn)
        rules = await rules_store.list_rules(conn, source="manual", state="active", limit=_RULES)
    documents = [rule.document for rule in rules]
    return activity_response(sharing.rules_document(request.app[URIS], documents))


async def _require_ally(request: web.Request, conn: Conn) -> None:
    if not is_signed(request):
        raise NotFound("not for whoever asks")
    signer = await require_signer(request)
    if await store.find_by_node(conn, signer.actor_id, datetime.now(UTC)) is None:
        raise NotFound("not for whoever asks")


@routes.get("/actor/allies/{domain}")
async def show_statement(request: web.Request) -> web.Response:
    """Say, signed at this moment, that we name a community.

    For everybody while both do; before that for the community itself alone, so
    that nobody else learns who asked whom.

    Raises:
        NotFound: we do not name it, or this is not for whoever asks.
    """
    now, uris = datetime.now(UTC), request.app[URIS]
    async with request.app[POOL].acquire() as conn:
        ally = await store.find_ally(conn, Domain(request.match_info["domain"][:_MOST_DOMAIN]))
        node = await find_node_actor(conn, uris)
    if ally is None or node is None or not ally.we_name_them(now):
        raise NotFound("no such statement")
    if not ally.is_allied(now) and (
        not is_signed(request) or (await require_signer(request)).origin != ally.origin
    ):
        raise NotFound("a statement that is not for whoever asks")
    said = activities.our_statement(uris, ally)
    if said is None:
        raise NotFound("no such statement")
    key = await request.app[SIGNER].signing_key(node.id, KeyKind.ED25519)
    return activity_response(with_proof(said, key, now=now))
