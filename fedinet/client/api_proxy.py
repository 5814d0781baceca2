"""``proxyUrl``: a member's client reads an object of another server through us.

Fetched through the guard, signed by the member; shown to this member alone, and
kept nowhere.

Source: https://www.w3.org/TR/activitypub/#actor-objects (endpoints)
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.client.api import require_owner
from fedinet.client.model import NotPossible, Refusal
from fedinet.client.store import follows_one_of
from fedinet.http.auth import Member, require_scope
from fedinet.http.context import ACTORS, POOL, URIS
from fedinet.http.json import activity_response
from fedinet.http.limits import Limit, count_attempt
from fedinet.http.params import read_form
from fedinet.kernel.errors import Malformed, NotFound
from fedinet.net.budget import Budget
from fedinet.vocab.activity import Document, is_public, uris_of
from fedinet.vocab.values import web_url

routes = web.RouteTableDef()

LIMIT: Final = Limit("proxy", 300, timedelta(minutes=10))
_MAX_REQUESTS: Final = 4
_OWN: Final = {"Cache-Control": "private, no-store"}


@routes.post(r"/users/{name}/proxy")
async def proxy(request: web.Request) -> web.Response:
    """Fetch what ``id`` names; of our own things say where they are.

    Raises:
        Refusal: no address.
        NotFound: it is not there, or not for this member.
        NotPossible: it is no ActivityStreams document.
        RemoteUnavailable: its server does not answer.
    """
    found = require_owner(request)
    require_scope(request, "read:statuses", "read:search")
    await count_attempt(request.app[POOL], LIMIT, str(found.account_id), now=datetime.now(UTC))
    uri = web_url((await read_form(request)).text("id"))
    if uri is None:
        raise Refusal("no_id", "Say which object by id=")
    if request.app[URIS].is_ours(uri):
        return web.Response(status=303, headers={"Location": uri, **_OWN})
    try:
        document, _ = await request.app[ACTORS].document(
            uri, signed_by=found.actor_id, budget=Budget(_MAX_REQUESTS)
        )
    except Malformed as error:
        raise NotPossible("not_a_document", "There is no ActivityStreams document") from error
    if not await _is_for(request, found, document):
        raise NotFound(f"not for {found.username}: {uri}")
    shown = {key: value for key, value in document.items() if key not in ("bto", "bcc")}
    return activity_response(shown, headers=_OWN)


async def _is_for(request: web.Request, found: Member, document: Document) -> bool:
    """Ask the document's own addresses, whoever fetched it (TRAPS 18)."""
    recipients = [uri for key in ("to", "cc", "audience") for uri in uris_of(document.get(key))]
    if not recipients or any(map(is_public, recipients)):
        return True
    own = request.app[URIS].actor(found.username)
    if own in (*recipients, *uris_of(document.get("attributedTo"))):
        return True
    return await follows_one_of(request.app[POOL], found.actor_id, recipients)
