"""Multibase text, as Multikeys carry it. Pure.

Source: draft-multiformats-multibase; FEP-521a allows ``z`` and ``u``.
"""

from base64 import urlsafe_b64decode
from typing import Final

from fedinet.kernel.errors import Malformed

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUE: Final = {char: value for value, char in enumerate(_ALPHABET)}
_URL_SAFE: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_MAX_LENGTH: Final = 2048
"""An RSA key of 8192 bits has 1,400 characters; base58 takes quadratic time."""


def encode_multibase(raw: bytes) -> str:
    """Write base58-btc with its ``z``."""
    number = int.from_bytes(raw, "big")
    digits: list[str] = []
    while number:
        number, digit = divmod(number, 58)
        digits.append(_ALPHABET[digit])
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return "z" + "1" * zeros + "".join(reversed(digits))


def decode_multibase(text: str) -> bytes:
    """Read base58-btc (``z``) or unpadded base64url (``u``).

    Raises:
        Malformed: another base, a foreign character, or too long.
    """
    if len(text) > _MAX_LENGTH:
        raise Malformed("multibase text too long")
    base, digits = text[:1], text[1:]
    if base == "z":
        return _base58(digits)
    if base == "u" and _URL_SAFE.issuperset(digits) and len(digits) % 4 != 1:
        return urlsafe_b64decode(digits + "=" * (-len(digits) % 4))
    raise Malformed("not multibase text that we read")


def _base58(digits: str) -> bytes:
    number = 0
    for char in digits:
        if char not in _VALUE:
            raise Malformed("not base58")
        number = number * 58 + _VALUE[char]
    zeros = len(digits) - len(digits.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
