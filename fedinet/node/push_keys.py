"""The key pair by which push services know this node (VAPID): made once, kept sealed.

Source: RFC 8292
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from fedinet.db.query import Pool
from fedinet.kernel.errors import NotFound
from fedinet.node.push_key_store import StoredPushKey, find_push_key, insert_push_key
from fedinet.node.secrets import SecretBox, WrongSecretKey

ROW: Final = "push_key"


@dataclass(frozen=True, slots=True)
class PushKey:
    private: ec.EllipticCurvePrivateKey
    point: bytes
    """The public half, uncompressed: 65 bytes."""

    @property
    def public(self) -> str:
        """As apps are told it: base64url with its padding, as Mastodon writes it."""
        return urlsafe_b64encode(self.point).decode()


class PushKeys:
    """One per process. The pair is made when somebody first asks for it."""

    def __init__(self, pool: Pool, box: SecretBox) -> None:
        self._pool = pool
        self._box = box
        self._open: PushKey | None = None

    async def get(self) -> PushKey:
        """Open the pair. At most two queries, once.

        Raises:
            WrongSecretKey: sealed under another ``secret.key``.
        """
        if self._open is None:
            self._open = self._opened(await self._stored())
        return self._open

    def forget(self, _: object = None) -> None:
        """Read the pair again at the next ``get``: it may have been replaced."""
        self._open = None

    async def _stored(self) -> StoredPushKey:
        found = await find_push_key(self._pool)
        if found is None:
            private = ec.generate_private_key(ec.SECP256R1())
            der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            made = StoredPushKey(point_of(private), self._box.seal(der, row=ROW))
            await insert_push_key(self._pool, made)
            found = await find_push_key(self._pool)
        if found is None:
            raise NotFound("the push key was taken away while it was read")
        return found

    def _opened(self, stored: StoredPushKey) -> PushKey:
        private = load_der_private_key(self._box.open(stored.private_sealed, row=ROW), None)
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise WrongSecretKey("the push key is of another kind")
        return PushKey(private, stored.public_point)


def point_of(private: ec.EllipticCurvePrivateKey) -> bytes:
    """The public half of a pair as push services read it: uncompressed, 65 bytes."""
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
