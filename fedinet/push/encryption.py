"""What is pushed, so that only the app can read it; and who says so. Pure.

Two encodings: ``aes128gcm`` (RFC 8291 over RFC 8188), and ``aesgcm``, the draft
before it, which is all that some apps read. Both in one record, unpadded.

Source: RFC 8188, 8291, 8292; draft-ietf-webpush-encryption-04,
draft-ietf-httpbis-encryption-encoding-03, draft-ietf-webpush-vapid-01
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fedinet.node.push_keys import PushKey, point_of
from fedinet.push.model import AppKeys

SALT_BYTES: Final = 16
MAX_PLAIN_BYTES: Final = 3900
"""Push services take 4,096 bytes with all that is added."""
_RECORD_SIZE: Final = 4096
_TOKEN_LIVES: Final = timedelta(hours=12)
"""Push services refuse more than a day."""


@dataclass(frozen=True, slots=True)
class Once:
    """What is made anew for each message."""

    private: ec.EllipticCurvePrivateKey
    salt: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    body: bytes
    headers: Mapping[str, str]


def seal(plain: bytes, to: AppKeys, once: Once, key: PushKey, token: str) -> Sealed:
    """Encrypt by RFC 8291. ``token``: what ``node_token`` made for the endpoint."""
    ours = point_of(once.private)
    shared = _shared(once, to)
    secret = _derive(shared, to.secret, b"WebPush: info\0" + to.point + ours, 32)
    cipher = AESGCM(_derive(secret, once.salt, b"Content-Encoding: aes128gcm\0", 16))
    nonce = _derive(secret, once.salt, b"Content-Encoding: nonce\0", 12)
    head = once.salt + _RECORD_SIZE.to_bytes(4) + len(ours).to_bytes(1) + ours
    headers = {
        "Content-Encoding": "aes128gcm",
        "Authorization": f"vapid t={token},k={_unpadded(key.point)}",
    }
    return Sealed(head + cipher.encrypt(nonce, plain + b"\x02", None), headers)


def seal_as_before(plain: bytes, to: AppKeys, once: Once, key: PushKey, token: str) -> Sealed:
    """Encrypt as ``aesgcm``, with salt and keys in headers."""
    ours = point_of(once.private)
    secret = _derive(_shared(once, to), to.secret, b"Content-Encoding: auth\0", 32)
    context = b"P-256\0" + b"".join(len(one).to_bytes(2) + one for one in (to.point, ours))
    cipher = AESGCM(_derive(secret, once.salt, b"Content-Encoding: aesgcm\0" + context, 16))
    nonce = _derive(secret, once.salt, b"Content-Encoding: nonce\0" + context, 12)
    headers = {
        "Content-Encoding": "aesgcm",
        "Encryption": f"salt={_unpadded(once.salt)}",
        "Crypto-Key": f"dh={_unpadded(ours)};p256ecdsa={_unpadded(key.point)}",
        "Authorization": f"WebPush {token}",
    }
    return Sealed(cipher.encrypt(nonce, b"\0\0" + plain, None), headers)


def node_token(key: PushKey, *, audience: str, subject: str, now: datetime) -> str:
    """Say to a push service who sends: a JWT signed with ES256.

    ``audience``: its origin; ``subject``: an address by which to reach whoever runs this node.
    """
    claims = {"aud": audience, "exp": int((now + _TOKEN_LIVES).timestamp()), "sub": subject}
    signed = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
    r, s = decode_dss_signature(key.private.sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"{signed}.{_unpadded(r.to_bytes(32) + s.to_bytes(32))}"


def _shared(once: Once, to: AppKeys) -> bytes:
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), to.point)
    return once.private.exchange(ec.ECDH(), theirs)


def _derive(secret: bytes, salt: bytes, about: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=about).derive(secret)


def _json(value: Mapping[str, object]) -> str:
    return _unpadded(msgspec.json.encode(value))


def _unpadded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
