"""Collections that are addressed: who is in them, one level deep. May use the network.

One's own ``following`` and the collections that one made are read here; those of
other servers are fetched with the member's signature: the collection, and its
first page. What is in a collection inside is not looked at.

Source: https://www.w3.org/TR/activitypub/#delivery
"""

from collections.abc import Sequence
from typing import Final

from fedinet.actors.model import Actor
from fedinet.client.dispatch import Sources
from fedinet.client.model import MAX_RECIPIENTS
from fedinet.client.store import list_members
from fedinet.kernel.errors import FedinetError
from fedinet.vocab.activity import Document, uri_of
from fedinet.vocab.collection import is_collection, read_stretch
from fedinet.vocab.values import web_url

MAX_COLLECTIONS: Final = 5
"""Of other servers, in one activity."""


async def members_of(sources: Sources, author: Actor, addresses: Sequence[str]) -> tuple[str, ...]:
    """Read who is in those of the addresses that are collections. Each once, at most 200.

    ``addresses``: of what is known to be no actor. One that cannot be read has nobody in it.
    """
    ours = sources.actors.uris.is_ours
    own = [uri for uri in addresses if ours(uri)]
    found = await list_members(sources.pool, author.id, own, limit=MAX_RECIPIENTS)
    for uri in [uri for uri in addresses if not ours(uri)][:MAX_COLLECTIONS]:
        found += await _elsewhere(sources, author, uri)
    return tuple(dict.fromkeys(found))[:MAX_RECIPIENTS]


async def _elsewhere(sources: Sources, author: Actor, uri: str) -> list[str]:
    try:
        document = await _document(sources, author, uri)
        stretch = read_stretch(document) if is_collection(document) else read_stretch({})
        if not stretch.items and stretch.onward:
            first = stretch.onward[0]
            page = await _document(sources, author, first) if isinstance(first, str) else first
            stretch = read_stretch(page) if is_collection(page) else stretch
    except FedinetError:
        return []
    named = (web_url(uri_of(item)) for item in stretch.items[:MAX_RECIPIENTS])
    return [member for member in named if member is not None]


async def _document(sources: Sources, author: Actor, uri: str) -> Document:
    document, _ = await sources.actors.document(uri, signed_by=author.id, budget=sources.budget)
    return document
