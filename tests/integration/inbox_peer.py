"""Actors of a foreign server that send us things, signed well or badly."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import ClientResponse

from fedinet.kernel.ids import KeyUri
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.keys import SigningKey, sign
from fedinet.signing.message import Outgoing, sha256_of
from tests.integration.foreign_server import ACTIVITY_JSON, ForeignServer, rsa_key
from tests.integration.nodes import RunningNode


@dataclass(frozen=True, slots=True)
class PeerActor:
    """Somebody with a key. ``uri`` is who they say they are."""

    uri: str
    key: SigningKey

    def signed(
        self, url: str, body: bytes, *, now: datetime | None = None, for_url: str | None = None
    ) -> dict[str, str]:
        """Headers of a POST to ``url``; ``for_url`` is what the signature is made for instead."""
        request = Outgoing("POST", for_url or url, sha256_of(body))
        return {
            **sign_cavage(self.key, request, now=now or datetime.now(UTC)),
            "Content-Type": ACTIVITY_JSON,
            "Host": Outgoing("POST", url).authority,
        }

    def signed_over(self, covered: str, url: str, body: bytes, *, more: str = "") -> dict[str, str]:
        """Cover exactly these headers, as a careless server would."""
        headers = self.signed(url, body)
        values = {name.lower(): value for name, value in headers.items()}
        values["(request-target)"] = f"post {Outgoing('POST', url).target}"
        text = "\n".join(f"{name}: {values[name]}" for name in covered.split())
        signature = b64encode(sign(self.key.private, text.encode())).decode()
        headers["Signature"] = (
            f'keyId="{self.key.id}",algorithm="rsa-sha256",headers="{covered}"{more},'
            f'signature="{signature}"'
        )
        return headers


def peer_actor(
    server: ForeignServer, name: str, /, *, key: int = 1, **changes: object
) -> PeerActor:
    """Serve an actor of this name, and return somebody who can sign for it."""
    private = rsa_key(key)
    uri = server.actor(name, key=private, **changes)
    return PeerActor(uri, SigningKey(KeyUri(f"{uri}#main-key"), private))


def like(actor: PeerActor, number: int = 1, /, **properties: object) -> Mapping[str, object]:
    """An activity that means something everywhere; with other properties, any activity."""
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{actor.uri}/likes/{number}",
        "type": "Like",
        "actor": actor.uri,
        "object": "https://c.example/notes/1",
        **properties,
    }


def encoded(document: Mapping[str, object]) -> bytes:
    """Bytes of a document; properties that are None are left out."""
    return json.dumps({k: v for k, v in document.items() if v is not None}).encode()


async def deliver(
    node: RunningNode,
    sender: PeerActor,
    activity: Mapping[str, object],
    *,
    path: str = "/inbox",
    now: datetime | None = None,
) -> ClientResponse:
    """POST an activity, signed by ``sender``."""
    body = encoded(activity)
    headers = sender.signed(f"{node.origin}{path}", body, now=now)
    answer = await node.http.post(path, data=body, headers=headers)
    await answer.read()
    return answer
