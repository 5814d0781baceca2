"""Keys once per run, the vectors of the standards, and requests to put signatures on."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fedinet.kernel.ids import KeyUri
from fedinet.signing.keys import SigningKey, generate_ed25519, generate_rsa
from fedinet.signing.message import Outgoing, SignedMessage, headers_of, sha256_of

VECTORS = Path(__file__).parents[2] / "vectors"

Receive = Callable[..., SignedMessage]


@pytest.fixture(scope="session")
def rsa_key() -> SigningKey:
    return SigningKey(KeyUri("https://a.example/users/ada#main-key"), generate_rsa())


@pytest.fixture(scope="session")
def ed25519_key() -> SigningKey:
    return SigningKey(KeyUri("https://a.example/users/ada#ed25519-key"), generate_ed25519())


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Any]:
    """Read a file of test vectors; each names its source."""
    return lambda name: json.loads((VECTORS / f"{name}.json").read_text())


@pytest.fixture
def receive() -> Receive:
    """Make the message that b.example sees when a request with these headers arrives."""

    def received(
        request: Outgoing,
        headers: dict[str, str],
        body: bytes = b"",
        *,
        authority: str = "b.example",
        scheme: str = "https",
    ) -> SignedMessage:
        return SignedMessage(
            method=request.method,
            target=request.target,
            authority=authority,
            scheme=scheme,
            headers=headers_of(headers.items()),
            body=body,
        )

    return received


BODY = b'{"type":"Create","id":"https://a.example/activities/1"}'


@pytest.fixture
def body() -> bytes:
    return BODY


@pytest.fixture
def post() -> Outgoing:
    return Outgoing("POST", "https://b.example/inbox?x=1", sha256_of(BODY))


@pytest.fixture
def get() -> Outgoing:
    return Outgoing("GET", "https://b.example/users/bo/outbox?page=true")
