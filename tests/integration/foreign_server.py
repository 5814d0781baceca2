"""A server that is not ours, on loopback: actors, WebFinger, documents, memory of requests."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from aiohttp import web

from fedinet.kernel.ids import KeyUri
from fedinet.kernel.uris import origin_of
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.keys import PrivateKey, SigningKey, generate_rsa, public_of
from fedinet.signing.message import Outgoing, SignedMessage, headers_of, sha256_of

ACTIVITY_JSON = "application/activity+json"
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]
Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

_SPARE_KEYS: list[PrivateKey] = []


def rsa_key(number: int = 0) -> PrivateKey:
    """A key that is made once per run; tests that need different ones name different numbers."""
    while len(_SPARE_KEYS) <= number:
        _SPARE_KEYS.append(generate_rsa())
    return _SPARE_KEYS[number]


@dataclass
class ForeignServer:
    """``answers`` maps path and query, or the path alone, to what is served there."""

    origin: str
    answers: dict[str, Handler] = field(default_factory=dict[str, Handler])
    asked: list[str] = field(default_factory=list[str])
    requests: list[Mapping[str, str]] = field(default_factory=list[Mapping[str, str]])

    @property
    def domain(self) -> str:
        return origin_of(self.origin).domain

    def count(self, path: str) -> int:
        return sum(1 for asked in self.asked if asked == path or asked.startswith(f"{path}?"))

    def serve(
        self,
        path: str,
        document: object,
        *,
        status: int = 200,
        content_type: str = ACTIVITY_JSON,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Serve a document, and return its address."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()

        async def answer(_: web.Request) -> web.StreamResponse:
            return web.Response(
                body=body, status=status, headers={"Content-Type": content_type, **(headers or {})}
            )

        self.answers[path] = answer
        return self.origin + path

    def actor(self, username: str, /, *, key: PrivateKey | None = None, **changes: object) -> str:
        """Serve an actor and its WebFinger answer; return its id."""
        uri = f"{self.origin}/users/{username}"
        document: dict[str, object] = {
            "@context": CONTEXT,
            "id": uri,
            "type": "Person",
            "preferredUsername": username,
            "name": username.title(),
            "inbox": f"{uri}/inbox",
            "publicKey": {
                "id": f"{uri}#main-key",
                "owner": uri,
                "publicKeyPem": public_of(key or rsa_key()).pem,
            },
        }
        document.update(changes)
        self.serve(f"/users/{username}", document)
        self.webfinger(f"{username}@{self.domain}", uri)
        return uri

    def webfinger(
        self, handle: str, uri: str, *, subject: str | None = None, status: int = 200
    ) -> None:
        self.serve(
            f"/.well-known/webfinger?resource=acct:{handle}",
            {
                "subject": subject or f"acct:{handle}",
                "links": [{"rel": "self", "type": ACTIVITY_JSON, "href": uri}],
            },
            status=status,
            content_type="application/jrd+json",
        )

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        self.requests.append({name.lower(): value for name, value in request.headers.items()})
        handler = self.answers.get(request.path_qs) or self.answers.get(request.path)
        return web.Response(status=404) if handler is None else await handler(request)


@asynccontextmanager
async def foreign_server() -> AsyncIterator[ForeignServer]:
    app = web.Application()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    server = ForeignServer("")
    app.router.add_route("*", "/{path:.*}", server._answer)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


def signed_post(
    to: str,
    body: bytes,
    *,
    key_id: str,
    now: datetime,
    key: PrivateKey | None = None,
) -> SignedMessage:
    """A POST as it arrives here, signed the way Mastodon does."""
    signing = SigningKey(KeyUri(key_id), key or rsa_key())
    outgoing = Outgoing("POST", to, sha256_of(body))
    headers = sign_cavage(signing, outgoing, now=now)
    origin = origin_of(to)
    return SignedMessage(
        method="POST",
        target=outgoing.target,
        authority=origin.domain,
        scheme=origin.scheme,
        headers=headers_of(headers.items()),
        body=body,
    )
