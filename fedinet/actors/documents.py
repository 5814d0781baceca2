"""ActivityStreams documents from their own origin, fetched with a signature.

What comes out is authentic: its id has the origin it was served from, and is
the very address it was served at (TRAPS 3). It is also for everyone: what a
server shows only to our node actor is nobody's here (TRAPS 18).
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import Message
from typing import Final

from fedinet.actors.keys import Signer
from fedinet.kernel.errors import (
    Forbidden,
    Gone,
    Malformed,
    NotFound,
    RemoteUnavailable,
)
from fedinet.kernel.ids import ActorId
from fedinet.kernel.names import NodeUris
from fedinet.kernel.uris import same_origin
from fedinet.net.budget import Budget
from fedinet.net.errors import Blocked
from fedinet.net.fetch import Fetcher, HeadersFor, Response
from fedinet.net.urls import wire_url
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.keys import SigningKey
from fedinet.signing.message import Outgoing
from fedinet.vocab.activity import Document, is_public, type_of, uris_of
from fedinet.vocab.context import ACTIVITYSTREAMS
from fedinet.vocab.json import decode
from fedinet.vocab.normalise import normalise

ACCEPT: Final = 'application/activity+json, application/ld+json; profile="' + ACTIVITYSTREAMS + '"'
_TIMEOUT_S: Final = 10.0
_TEMPORARY: Final = frozenset({401, 408, 425, 429})

_ADDRESSED: Final = frozenset(
    {
        "Note", "Article", "Page", "Question", "Image", "Audio", "Video", "Event", "Document",
        "Create", "Update", "Announce",
    }
)  # fmt: skip
"""Kinds that somebody is addressed by: without ``Public`` they are not for us to read."""


class Documents:
    """Fetches with the node actor's signature, or with that of one of our people."""

    def __init__(self, fetcher: Fetcher, signer: Signer, uris: NodeUris) -> None:
        self._fetcher = fetcher
        self._signer = signer
        self._uris = uris

    async def get(
        self,
        uri: str,
        *,
        signed_by: ActorId | None = None,
        budget: Budget | None = None,
        timeout_s: float = _TIMEOUT_S,
    ) -> tuple[Document, str]:
        """Fetch one document and the URL it was finally served at, which is its id.

        With ``signed_by`` the answer may be non-public; it is then for that
        actor alone, and the caller stores it so.

        Raises:
            Blocked: our own origin, or an address we do not connect to.
            NotFound: 404. Gone: 410. Forbidden: 403, or not for the public.
            Malformed: no ActivityStreams document, or not from its own origin.
            RemoteUnavailable: no answer now.
            BudgetSpent: the cause has fetched enough.
        """
        key = await self._key(signed_by)
        document, served_at = await self._once(uri, key, budget, timeout_s)
        if _wire_id(document) != served_at:
            document, served_at = await self._once(_id(document), key, budget, timeout_s)
        if _wire_id(document) != served_at:
            raise Malformed(f"{uri} says it is {_id(document)[:200]!r}, served at {served_at}")
        if signed_by is None and not _is_for_everyone(document):
            raise Forbidden(f"not for the public, not kept: {uri}")
        return document, served_at

    async def part(self, uri: str, *, budget: Budget | None = None) -> Document:
        """Fetch what is a view or a page of something else, whose id it may bear.

        Pages of real servers have ids with their questions in another order, or
        none. Only the origin is vouched for, the one that was asked. Never store
        it as what its id names.

        Raises:
            As for ``get``; Malformed too where another origin answered.
        """
        response = await self._signed(uri, await self._key(None), budget, _TIMEOUT_S)
        document = await _document_in(response)
        named = document.get("id")
        if not same_origin(response.url, uri) or (
            isinstance(named, str) and not same_origin(named, response.url)
        ):
            raise Malformed(f"{uri} led to another origin: {response.url}")
        return document

    async def _key(self, signed_by: ActorId | None) -> SigningKey:
        if signed_by is None:
            return await self._signer.node_key()
        return await self._signer.signing_key(signed_by)

    async def _once(
        self, uri: str, key: SigningKey, budget: Budget | None, timeout_s: float
    ) -> tuple[Document, str]:
        response = await self._signed(uri, key, budget, timeout_s)
        document = await _document_in(response)
        if not same_origin(_id(document), response.url):
            raise Malformed(f"{response.url} says it is {_id(document)[:200]!r}")
        return document, response.url

    async def _signed(
        self, uri: str, key: SigningKey, budget: Budget | None, timeout_s: float
    ) -> Response:
        """Ask; a 401 to a question, once more with a signature that leaves the query out."""
        response = await self._ask(uri, key, budget, timeout_s, with_query=True)
        if response.status == 401 and "?" in response.url:
            return await self._ask(uri, key, budget, timeout_s, with_query=False)
        return response

    async def _ask(
        self,
        uri: str,
        key: SigningKey,
        budget: Budget | None,
        timeout_s: float,
        *,
        with_query: bool,
    ) -> Response:
        if budget is not None:
            budget.spend(uri)
        return await self._fetcher.get(
            uri,
            accept=ACCEPT,
            timeout_s=timeout_s,
            headers_for=self._headers(key, with_query=with_query),
        )

    def _headers(self, key: SigningKey, *, with_query: bool) -> HeadersFor:
        """Sign each hop; none may lead back to us, where the gate would not be asked."""

        def headers(url: str) -> Mapping[str, str]:
            if self._uris.is_ours(url):
                raise Blocked(f"our own address is not fetched: {url}")
            now = datetime.now(UTC)
            return sign_cavage(key, Outgoing("GET", url), now=now, with_query=with_query)

        return headers


async def _document_in(response: Response) -> Document:
    _check_status(response)
    if not is_activity_type(response.headers.get("Content-Type", "")):
        raise Malformed(f"not an ActivityStreams document: {response.url}")
    return await asyncio.to_thread(_read, response.body)


def _read(body: bytes) -> Document:
    """In a thread: a megabyte, or a context that we do not know, takes its time."""
    return normalise(decode(body))


def is_activity_type(content_type: str) -> bool:
    """Tell whether a Content-Type promises ActivityStreams; plain JSON does not.

    Anyone may upload a JSON file; hardly anyone may choose this type for it.

    Source: GHSA-jhrq-qvrm-qr36.
    """
    header = Message()
    header["Content-Type"] = content_type
    match header.get_content_type():
        case "application/activity+json":
            return True
        case "application/ld+json":
            return ACTIVITYSTREAMS in str(header.get_param("profile", "")).split()
        case _:
            return False


def _check_status(response: Response) -> None:
    status, url = response.status, response.url
    if status == 200:
        return
    if status == 404:
        raise NotFound(f"404: {url}")
    if status == 410:
        raise Gone(f"410: {url}")
    if status == 403:
        raise Forbidden(f"403: {url}")
    if status in _TEMPORARY or (status >= 500 and status != 501):
        raise RemoteUnavailable(f"{status}: {url}")
    raise Malformed(f"status {status}: {url}")


def _id(document: Document) -> str:
    value = document.get("id")
    if not isinstance(value, str):
        raise Malformed("document without an id")
    return value


def _wire_id(document: Document) -> str | None:
    """The address that the id names, in the spelling of our requests; none for a mere part."""
    uri = _id(document)
    return None if "#" in uri else str(wire_url(uri))


def _is_for_everyone(document: Document) -> bool:
    recipients = (*uris_of(document.get("to")), *uris_of(document.get("cc")))
    if not recipients and type_of(document) not in _ADDRESSED:
        return True
    return any(is_public(uri) for uri in recipients)
