"""Requests as the signature schemes see them. Pure.

A signature covers bytes: nothing here decodes, re-encodes or re-orders what was
on the wire (TRAPS 17).
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from fedinet.kernel.uris import origin_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedMessage:
    """An incoming request whose signature is to be checked.

    ``target`` is the raw path and query of the request line. ``authority`` and
    ``scheme`` are those this node is configured with, never what the request or
    a proxy says of itself (TRAPS 20). ``headers`` maps lower-case names to the
    values of all their lines, in order; ``headers_of`` makes one.
    """

    method: str
    target: str
    authority: str
    scheme: str
    headers: Mapping[str, tuple[str, ...]]
    body: bytes = b""

    def field(self, name: str) -> str | None:
        """The combined value of a header as signatures cover it, or None.

        Source: RFC 9421 section 2.1, draft-cavage-http-signatures-12 section 2.3.
        """
        values = self.headers.get(name)
        if values is None:
            return None
        return values[0].strip() if len(values) == 1 else ", ".join(v.strip() for v in values)

    @property
    def needs_digest(self) -> bool:
        """Whether there is, or could be, a body that the signature has to cover."""
        return bool(self.body) or self.method not in ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request of ours that is about to be signed.

    ``url`` is sent exactly as it stands (``URL(url, encoded=True)``).
    ``sha256`` is the base64 of the body's SHA-256, None without a body: the
    outbox computes it once for all recipients. ``fields`` are headers besides
    the usual ones, as (name, value): they are sent, and covered too.
    """

    method: str
    url: str
    sha256: str | None = None
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def authority(self) -> str:
        """What the ``Host`` header has to say."""
        return origin_of(self.url).domain

    @property
    def target(self) -> str:
        """Path and query as they go on the request line."""
        parts = urlsplit(self.url)
        path = parts.path or "/"
        return f"{path}?{parts.query}" if parts.query else path


def sha256_of(body: bytes) -> str:
    """The base64 SHA-256 that ``Outgoing`` and the digests are made from."""
    return b64encode(sha256(body).digest()).decode("ascii")


def headers_of(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Gather header lines by lower-case name, keeping repeats in their order."""
    headers: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        key = name.lower()
        headers[key] = (*headers.get(key, ()), value)
    return headers
