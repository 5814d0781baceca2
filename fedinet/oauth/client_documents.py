"""Apps that describe themselves at an address of theirs, which is their client id.

Two kinds of document: an ActivityPub ``Application`` with ``redirectURI``
(FEP-d8c2), and plain client metadata (draft-ietf-oauth-client-id-metadata-document).
Either is believed about its own origin only: what it names to be called back at
lies there, or on the member's own machine.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.http.context import FETCHER, POOL, URIS
from fedinet.http.tokens import KNOWN_SCOPES
from fedinet.kernel.errors import FedinetError, Malformed, Unprocessable
from fedinet.kernel.uris import origin_of, same_origin
from fedinet.oauth import store
from fedinet.oauth.model import (
    MAX_NAME,
    MAX_REDIRECTS,
    App,
    NewApp,
    OAuthRefused,
    check_redirect_uri,
    is_administrative,
)
from fedinet.vocab.activity import listed
from fedinet.vocab.json import decode

_FRESH_FOR: Final = timedelta(minutes=10)
_MAX_BYTES: Final = 64 * 1024
_ACCEPT: Final = "application/json, application/activity+json, application/ld+json"
_SCOPES: Final = tuple(sorted(scope for scope in KNOWN_SCOPES if not is_administrative(scope)))


async def find_documented_app(request: web.Request, client_id: str, *, now: datetime) -> App:
    """Give the app whose document is at ``client_id``, as it is now or was minutes ago.

    Raises:
        OAuthRefused: no such document, or one that contradicts itself.
    """
    pool = request.app[POOL]
    known = await store.find_app(pool, client_id)
    if known is not None and known[1] is not None and now - known[1] < _FRESH_FOR:
        return known[0]
    try:
        if request.app[URIS].is_ours(client_id):
            raise Malformed("our own address as a client")
        answer = await request.app[FETCHER].get(
            client_id, accept=_ACCEPT, max_bytes=_MAX_BYTES, timeout_s=5.0
        )
        if answer.status != 200 or answer.url != client_id:
            raise Malformed(f"status {answer.status} at {answer.url}")
        new = read_client_document(client_id, decode(answer.body))
    except FedinetError as error:
        raise OAuthRefused("invalid_client", "The app's own description cannot be read") from error
    return await store.keep_documented_app(pool, client_id, new, now=now)


def read_client_document(client_id: str, document: Mapping[str, object]) -> NewApp:
    """Read either kind of document. Pure.

    Raises:
        Malformed: it is about another client, or names nothing to be called back at.
    """
    if client_id not in (document.get("client_id"), document.get("id")):
        raise Malformed(f"another client than {client_id}")
    named = document.get("redirect_uris") or document.get("redirectURI")
    registered = [uri for uri in listed(named) if isinstance(uri, str)]
    usable = tuple(uri for uri in registered[:MAX_REDIRECTS] if _may_name(client_id, uri))
    if not usable:
        raise Malformed(f"nothing to call back at: {client_id}")
    name = document.get("client_name") or document.get("name")
    website = document.get("client_uri") or document.get("url")
    return NewApp(
        name=name[:MAX_NAME] if isinstance(name, str) and name else str(origin_of(client_id)),
        website=website if isinstance(website, str) and same_origin(website, client_id) else None,
        redirect_uris=usable,
        scopes=_SCOPES,
    )


def _may_name(client_id: str, uri: str) -> bool:
    try:
        check_redirect_uri(uri)
    except Unprocessable:
        return False
    return uri.startswith("http://") or same_origin(uri, client_id)  # http: only on loopback
