"""Public and private keys: reading, writing, making, and the one algorithm of each kind. Pure.

The kind of the key decides the algorithm; a request never does (facts of issue
40 of node-http-signature: a public key used as an HMAC secret).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_public_key,
)

from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import KeyUri
from fedinet.signing.multibase import decode_multibase, encode_multibase

MIN_RSA_BITS: Final = 2048
MAX_RSA_BITS: Final = 8192
_MAX_RSA_EXPONENT: Final = 2**32
_MAX_KEY_TEXT: Final = 8192
_ED25519_PUB: Final = b"\xed\x01"
_RSA_PUB: Final = b"\x85\x24"
_PADDING: Final = PKCS1v15()
_SHA256: Final = SHA256()

PrivateKey: TypeAlias = RSAPrivateKey | Ed25519PrivateKey


class KeyKind(StrEnum):
    RSA = "rsa"
    ED25519 = "ed25519"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signatures are checked with. RSA means RSASSA-PKCS1-v1_5 with SHA-256."""

    kind: KeyKind
    key: RSAPublicKey | Ed25519PublicKey

    def verifies(self, signature: bytes, signed: bytes) -> bool:
        """Tell whether this key's other half made ``signature`` over exactly ``signed``."""
        try:
            if isinstance(self.key, RSAPublicKey):
                self.key.verify(signature, signed, _PADDING, _SHA256)
            else:
                self.key.verify(signature, signed)
        except InvalidSignature:
            return False
        return True

    @property
    def der(self) -> bytes:
        """SubjectPublicKeyInfo, as stored."""
        return self.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def pem(self) -> str:
        """SubjectPublicKeyInfo, as ``publicKeyPem`` wants it."""
        return self.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def multikey(self) -> str:
        """The ``publicKeyMultibase`` of a Multikey. Source: FEP-521a."""
        if isinstance(self.key, RSAPublicKey):
            pkcs1 = self.key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
            return encode_multibase(_RSA_PUB + pkcs1)
        return encode_multibase(_ED25519_PUB + self.key.public_bytes_raw())


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One of our keys with the id that peers find its public half by."""

    id: KeyUri
    private: PrivateKey


def read_public_pem(pem: str) -> PublicKey:
    """Read a ``publicKeyPem``: SubjectPublicKeyInfo, or the PKCS#1 of some older servers.

    Raises:
        Malformed: not a key, or not one that we accept.
    """
    if len(pem) > _MAX_KEY_TEXT:
        raise Malformed("public key too long")
    return _load(lambda: load_pem_public_key(pem.strip().encode("ascii")))


def read_public_der(der: bytes) -> PublicKey:
    """Read SubjectPublicKeyInfo or PKCS#1. Raises ``Malformed`` as above."""
    return _load(lambda: load_der_public_key(der))


def read_multikey(text: str) -> PublicKey:
    """Read a ``publicKeyMultibase``, base58-btc (``z``) or base64url (``u``).

    Raises:
        Malformed: not a key, or not one that we accept.

    Source: FEP-521a; multicodec table for ``ed25519-pub`` and ``rsa-pub``.
    """
    encoded = decode_multibase(text)
    if encoded.startswith(_ED25519_PUB):
        return _load(lambda: Ed25519PublicKey.from_public_bytes(encoded[2:]))
    if encoded.startswith(_RSA_PUB):
        return read_public_der(encoded[2:])
    raise Malformed("multikey of an unknown kind")


def kind_of(private: PrivateKey) -> KeyKind:
    """Which algorithm a key of ours signs with. Cheaper than asking its public half."""
    return KeyKind.RSA if isinstance(private, RSAPrivateKey) else KeyKind.ED25519


def public_of(private: PrivateKey) -> PublicKey:
    """The public half of one of our keys."""
    if isinstance(private, RSAPrivateKey):
        return PublicKey(KeyKind.RSA, private.public_key())
    return PublicKey(KeyKind.ED25519, private.public_key())


def generate_rsa() -> RSAPrivateKey:
    """Make an RSA-2048 key. About 50 ms of CPU: run it in a thread."""
    return generate_private_key(public_exponent=65537, key_size=MIN_RSA_BITS)


def generate_ed25519() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def private_der(private: PrivateKey) -> bytes:
    """PKCS#8 without encryption. It is sealed before it is stored (node/secrets.py)."""
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def read_private_der(der: bytes) -> PrivateKey:
    """Read back what ``private_der`` wrote.

    The check of the primes (36 ms) is left out: the bytes come out of our own
    authenticated encryption.

    Raises:
        Malformed: another kind of key.
    """
    key = load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
    if isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        return key
    raise Malformed("private key of an unknown kind")


def sign(private: PrivateKey, text: bytes) -> bytes:
    """Sign with the key's one algorithm. RSA takes 0.25 ms and releases the GIL."""
    if isinstance(private, RSAPrivateKey):
        return private.sign(text, _PADDING, _SHA256)
    return private.sign(text)


def _load(load: Callable[[], object]) -> PublicKey:
    try:
        key = load()
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Malformed("not a public key") from error
    if isinstance(key, Ed25519PublicKey):
        return PublicKey(KeyKind.ED25519, key)
    if not isinstance(key, RSAPublicKey):
        raise Malformed("public key of an unknown kind")
    # Short keys can be forged, long ones and long exponents cost us time with every request.
    if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise Malformed(f"RSA key of {key.key_size} bits")
    if key.public_numbers().e >= _MAX_RSA_EXPONENT:
        raise Malformed("RSA key with a large exponent")
    return PublicKey(KeyKind.RSA, key)
