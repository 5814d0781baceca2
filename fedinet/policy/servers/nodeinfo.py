"""Fetching what a server says of itself. Every byte of it is hostile; small, and in short time."""

from typing import Final

from fedinet.kernel.errors import Malformed, NotFound, RemoteUnavailable
from fedinet.kernel.uris import origin_of
from fedinet.net.domains import registrable
from fedinet.net.fetch import Fetcher
from fedinet.policy.servers.software import link_of
from fedinet.vocab.activity import Document
from fedinet.vocab.json import decode

_MAX_BYTES: Final = 100_000
_PATIENCE_S: Final = 5.0


async def fetch_nodeinfo(fetcher: Fetcher, origin: str) -> Document:
    """Ask for the two documents. The second is of the same owner, or not believed.

    Raises:
        FedinetError: there is no answer that could be used.
    """
    link = link_of(await _document(fetcher, f"{origin}/.well-known/nodeinfo"))
    if link is None:
        raise Malformed(f"no NodeInfo that we read at {origin}")
    if registrable(origin_of(link).domain) != registrable(origin_of(origin).domain):
        raise Malformed(f"NodeInfo of {origin} is said to be at {link[:200]}")
    return await _document(fetcher, link)


async def _document(fetcher: Fetcher, url: str) -> Document:
    answer = await fetcher.get(
        url, accept="application/json", max_bytes=_MAX_BYTES, timeout_s=_PATIENCE_S
    )
    if answer.status in (404, 410):
        raise NotFound(f"HTTP {answer.status}: {url}")
    if answer.status != 200:
        raise RemoteUnavailable(f"HTTP {answer.status}: {url}")
    return decode(answer.body)
