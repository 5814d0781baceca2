"""A device that makes passkeys and answers with them, in software; it lies where a test wants.

Source: https://www.w3.org/TR/webauthn-3/ sections 5.8.1, 6.1 and 6.5.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from os import urandom
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_PRESENT, _VERIFIED, _HAS_KEY = 0x01, 0x04, 0x40


@dataclass
class SoftPasskey:
    """One key pair for one site, on a device that sees who holds it or does not."""

    origin: str
    rp_id: str
    sees_holder: bool = True
    count: int = 0
    id: bytes = field(default_factory=lambda: urandom(16))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def made(self, options: dict[str, Any], **lies: Any) -> str:
        """Answer options to add a passkey."""
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        attested = bytes(16) + len(self.id).to_bytes(2) + self.id + cbor2.dumps(cose)
        statement = {
            "fmt": lies.get("fmt", "none"),
            "attStmt": {},
            "authData": self._data(_HAS_KEY) + attested,
        }
        said = self._said("webauthn.create", options, lies)
        return self._answer({"clientDataJSON": said, "attestationObject": cbor2.dumps(statement)})

    def used(self, options: dict[str, Any], **lies: Any) -> str:
        """Answer options to sign in."""
        self.count += 1
        said, data = self._said("webauthn.get", options, lies), self._data()
        signer = lies.get("signer", self.key)
        signature = signer.sign(data + sha256(said).digest(), ec.ECDSA(SHA256()))
        parts = {"clientDataJSON": said, "authenticatorData": data, "signature": signature}
        return self._answer(parts)

    def _data(self, flags: int = 0) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.sees_holder else 0)
        return sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _said(self, kind: str, options: dict[str, Any], lies: dict[str, Any]) -> bytes:
        said = {
            "type": lies.get("type", kind),
            "challenge": lies.get("challenge", options["challenge"]),
            "origin": lies.get("origin", self.origin),
            "crossOrigin": False,
        }
        return json.dumps(said).encode()

    def _answer(self, parts: dict[str, bytes]) -> str:
        name = as_text(self.id)
        response = {part: as_text(raw) for part, raw in parts.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def as_text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def as_bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
