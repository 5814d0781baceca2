"""Digests of a body: ``Digest`` (RFC 3230) and ``Content-Digest`` (RFC 9530). Pure."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256, sha512
from types import MappingProxyType
from typing import Final

_HASHES: Final[Mapping[str, Callable[[bytes], bytes]]] = MappingProxyType(
    {
        "sha-256": lambda body: sha256(body).digest(),
        "sha-512": lambda body: sha512(body).digest(),
    }
)
_LEGACY_MEMBER: Final = re.compile(r"([A-Za-z0-9-]{1,32})=([A-Za-z0-9+/]{1,128}={0,2})")
_CONTENT_MEMBER: Final = re.compile(r"([a-z0-9*][a-z0-9_.*-]{0,31})=:([A-Za-z0-9+/]{1,128}={0,2}):")
_MAX_LENGTH: Final = 1024


def legacy_digest_matches(field: str, body: bytes) -> bool:
    """Tell whether ``body`` is the one that the sender digested.

    ``field`` is the raw value, e.g. ``SHA-256=X48E...=``. Several digests may
    be listed, in any case; every one that we know has to match, and at least
    one has to be known. ``body`` is the bytes as received.

    True alone proves nothing: the signature must cover the field as well.

    Source: RFC 3230 section 4.3.2; algorithm names as Mastodon reads them.
    """
    return _matches(_LEGACY_MEMBER, field, body)


def content_digest_matches(field: str, body: bytes) -> bool:
    """Tell the same of a ``Content-Digest`` value, e.g. ``sha-256=:X48E...=:``.

    Source: RFC 9530 section 2, https://www.rfc-editor.org/rfc/rfc9530#section-2
    """
    return _matches(_CONTENT_MEMBER, field, body)


def _matches(member: re.Pattern[str], field: str, body: bytes) -> bool:
    if len(field) > _MAX_LENGTH:
        return False
    known = 0
    seen: set[str] = set()
    for text in field.split(","):
        match = member.fullmatch(text.strip())
        if match is None or (name := match[1].lower()) in seen:
            return False
        seen.add(name)
        hash_of = _HASHES.get(name)
        if hash_of is None:
            continue
        # Compared as text: an encoding with spare bits set is refused along with any other bytes.
        if match[2] != b64encode(hash_of(body)).decode("ascii"):
            return False
        known += 1
    return known > 0


def strict_b64decode(text: str) -> bytes | None:
    """Decode standard base64 with its padding; None for anything else."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None
