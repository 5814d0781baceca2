"""Documents that prove themselves, as other servers make them."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from fedinet.kernel.ids import KeyUri
from fedinet.signing.integrity import with_proof
from fedinet.signing.keys import PrivateKey, SigningKey, generate_ed25519, public_of, sign
from fedinet.vocab.linked_data import read_signature, signed_graph
from tests.integration.foreign_server import ForeignServer
from tests.integration.inbox_peer import PeerActor, peer_actor


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody elsewhere with the keys for all that a document may carry."""

    peer: PeerActor
    multikey: SigningKey

    @property
    def uri(self) -> str:
        return self.peer.uri

    def proof(
        self, document: Mapping[str, object], *, now: datetime | None = None
    ) -> dict[str, object]:
        """The document with an integrity proof, as Fedify and Mitra make them."""
        return dict(with_proof(document, self.multikey, now=now or datetime.now(UTC)))

    def linked(
        self,
        document: Mapping[str, object],
        *,
        now: datetime | None = None,
        creator: str | None = None,
        **options: object,
    ) -> dict[str, object]:
        """The document with a linked-data signature, as Mastodon makes them."""
        made = (now or datetime.now(UTC)).isoformat(timespec="seconds").replace("+00:00", "Z")
        signature: dict[str, object] = {
            "type": "RsaSignature2017",
            "creator": creator or self.peer.key.id,
            "created": made,
            **options,
            "signatureValue": "",
        }
        read = read_signature({"signature": signature}, now=datetime(2000, 1, 1, tzinfo=UTC))
        assert read is not None
        text, _ = signed_graph(document, read)
        signature["signatureValue"] = b64encode(sign(self.peer.key.private, text)).decode()
        return {**document, "signature": signature}


def author(server: ForeignServer, name: str, *, key: int = 1) -> Author:
    """Serve an actor with an RSA key and an Ed25519 Multikey."""
    private = generate_ed25519()
    peer = peer_actor(server, name, key=key, **listed(f"{server.origin}/users/{name}", private))
    return Author(peer, SigningKey(KeyUri(f"{peer.uri}#ed25519-key"), private))


def listed(uri: str, *keys: PrivateKey) -> dict[str, object]:
    """``assertionMethod`` of an actor; the first key is ``#ed25519-key``, others are numbered."""
    return {
        "assertionMethod": [
            {
                "id": f"{uri}#ed25519-key{number or ''}",
                "type": "Multikey",
                "controller": uri,
                "publicKeyMultibase": public_of(key).multikey,
            }
            for number, key in enumerate(keys)
        ]
    }
