"""The two links of one person, made of one secret: the mailed one proves who reads the mailbox.

A steward sees the copied one only, so that an address counts as confirmed
where its reader came by the mail, and not where a steward knows the link.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

from fedinet.node.secrets import SecretBox

_SECRET_BYTES = 24


@dataclass(frozen=True, slots=True)
class Links:
    """What opens the invitation, readable."""

    mailed: str
    copied: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What the row holds of them."""

    sealed: bytes
    mailed_hash: bytes
    copied_hash: bytes


def new_links(box: SecretBox) -> Kept:
    """Make the links of one person."""
    secret = secrets.token_bytes(_SECRET_BYTES)
    links = _links(secret)
    mailed_hash = hash_of(links.mailed)
    return Kept(box.seal(secret, row=row_of(mailed_hash)), mailed_hash, hash_of(links.copied))


def open_links(box: SecretBox, sealed: bytes, mailed_hash: bytes) -> Links:
    """Read the links again.

    Raises:
        WrongSecretKey: sealed by another key.
    """
    return _links(box.open(sealed, row=row_of(mailed_hash)))


def hash_of(token: str) -> bytes:
    """By which a link is found."""
    return sha256(token.encode(errors="surrogatepass")).digest()


def _links(secret: bytes) -> Links:
    def part(of: bytes) -> str:
        return urlsafe_b64encode(hmac.digest(secret, of, "sha256")[:18]).decode()

    return Links(mailed=part(b"mailed"), copied=part(b"copied"))


def row_of(mailed_hash: bytes) -> str:
    return f"invited_people {mailed_hash.hex()}"
