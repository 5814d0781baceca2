"""Follower synchronisation: two servers compare who of the one follows somebody of the other. Pure.

The header ``Collection-Synchronization`` goes with what is sent to followers.
It says what the sender believes; whoever believes otherwise asks at ``url``.

Source: https://codeberg.org/fediverse/fep/src/branch/main/fep/8fcf/fep-8fcf.md;
Mastodon 4.2-4.7 ``delivery_worker.rb``, ``synchronize_followers_service.rb``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from fedinet.kernel.uris import MAX_URI_LENGTH

HEADER: Final = "Collection-Synchronization"
MOST_FOLLOWERS: Final = 5000
"""On one server. An actor with more there sends no header and shows no list: it is not paged."""
NOBODY: Final = "0" * 64
"""The digest of no followers."""

_PARAMETER: Final = re.compile(r'\s*([A-Za-z]{1,32})="([^"\\]*)"\s*(?:,|$)')
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_MOST: Final = 2 * MAX_URI_LENGTH + 200


@dataclass(frozen=True, slots=True)
class Synchronisation:
    """What such a header says. ``digest`` is lower-case hex of 32 bytes."""

    collection: str
    url: str
    digest: str

    def __str__(self) -> str:
        return f'collectionId="{self.collection}", url="{self.url}", digest="{self.digest}"'


def read_synchronisation(raw: str) -> Synchronisation | None:
    """Read the header; None where something is missing, twice there, or no digest."""
    if len(raw) > _MOST:
        return None
    found: dict[str, str] = {}
    position = 0
    while position < len(raw):
        match = _PARAMETER.match(raw, position)
        if match is None or match[1] in found:
            return None
        found[match[1]] = match[2]
        position = match.end()
    collection, url = found.get("collectionId"), found.get("url")
    digest = found.get("digest", "").lower()
    if not collection or not url or _DIGEST.fullmatch(digest) is None:
        return None
    return Synchronisation(collection, url, digest)


def digest_of(uris: Iterable[str]) -> str:
    """XOR of the SHA-256 of the ids, whatever their order."""
    total = 0
    for uri in uris:
        total ^= int.from_bytes(sha256(uri.encode(errors="replace")).digest(), "big")
    return f"{total:064x}"
