"""What a signature says of itself, before anybody believes it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import KeyUri
from fedinet.kernel.uris import origin_of
from fedinet.signing.message import SignedMessage
from fedinet.signing.refusals import BadSignature

MAX_FIELD: Final = 4096
"""Longest signature header we read; an RSA-8192 signature with 12 covered headers has 2 KB."""
MAX_COVERED: Final = 32

_DEFAULT_PORT: Final = {"https": ":443", "http": ":80"}


class Scheme(StrEnum):
    CAVAGE = "cavage"
    RFC9421 = "rfc9421"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A signature as read from its headers. Nothing in it is proven.

    ``covered`` are the names in signing order. ``algorithm`` is what the sender
    says, None where it says nothing; it can only lead to a refusal. ``params``
    is the serialised ``@signature-params`` value of RFC 9421.
    """

    scheme: Scheme
    key_id: KeyUri
    covered: tuple[str, ...]
    signature: bytes
    algorithm: str | None = None
    created: datetime | None = None
    expires: datetime | None = None
    params: str = ""


def check_key_id(claim: Claim) -> None:
    """Refuse a key id that could not be fetched, the ``acct:`` of long ago among them.

    Raises:
        BadSignature: ``malformed_signature``.
    """
    try:
        origin_of(claim.key_id)
    except Malformed as error:
        raise BadSignature("malformed_signature", f"key id {claim.key_id[:100]!r}") from error


def names_our_host(message: SignedMessage) -> bool:
    """Tell whether the received ``Host``, if any, is our authority; default ports aside."""
    received = message.field("host")
    if received is None:
        return True
    return received.lower().removesuffix(_DEFAULT_PORT.get(message.scheme, "")) == message.authority


def covered_field(message: SignedMessage, name: str) -> str:
    """The value of a covered header, for the text that was signed.

    ``host`` stands for our own authority whatever was received, spelled as
    received where that means the same (TRAPS 20): a request signed for another
    host never verifies here, and a proxy that rewrites ``Host`` does no harm.

    Raises:
        BadSignature: the header is not there, or could forge a line.
    """
    value = message.field(name)
    if name == "host" and (value is None or not names_our_host(message)):
        return message.authority
    if value is None:
        raise BadSignature("malformed_signature", f"covers {name!r}, which is missing")
    if "\n" in value or "\r" in value:
        raise BadSignature("malformed_signature", f"line break in {name!r}")
    return value


def signed_bytes(lines: list[str]) -> bytes:
    """Join the lines of a signing text as they were on the wire (``surrogateescape``)."""
    try:
        return "\n".join(lines).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise BadSignature("malformed_signature", "header that is not text") from error
