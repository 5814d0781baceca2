"""Signatures by the batch."""

import asyncio
from datetime import UTC, datetime

import pytest

from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import KeyUri
from fedinet.outbox.desk import SigningDesk
from fedinet.signing.claim import Scheme
from fedinet.signing.keys import SigningKey, generate_ed25519
from fedinet.signing.message import Outgoing, sha256_of

NOW = datetime(2026, 5, 1, tzinfo=UTC)
KEY = SigningKey(KeyUri("https://h.example/users/ada#main-key"), generate_ed25519())


def request(number: int) -> Outgoing:
    return Outgoing("POST", f"https://b{number}.example/inbox", sha256_of(b"{}"))


async def test_everybody_gets_the_headers_of_their_own_request() -> None:
    async with SigningDesk() as desk:
        signed = await asyncio.gather(
            *(desk.sign(KEY, request(n), Scheme.CAVAGE, NOW) for n in range(95))
        )

    assert [headers["Host"] for headers in signed] == [f"b{n}.example" for n in range(95)]


async def test_both_schemes_can_be_ordered() -> None:
    async with SigningDesk() as desk:
        cavage = await desk.sign(KEY, request(1), Scheme.CAVAGE, NOW)
        rfc9421 = await desk.sign(KEY, request(1), Scheme.RFC9421, NOW)

    assert "Digest" in cavage
    assert "Signature-Input" in rfc9421


async def test_one_impossible_order_fails_alone() -> None:
    impossible = Outgoing("POST", "https:///inbox", sha256_of(b"{}"))
    async with SigningDesk() as desk:
        bad = desk.sign(KEY, impossible, Scheme.CAVAGE, NOW)
        good = desk.sign(KEY, request(1), Scheme.CAVAGE, NOW)

        assert (await good)["Host"] == "b1.example"
        with pytest.raises(Malformed):
            await bad


async def test_an_order_that_nobody_waits_for_any_more_harms_nobody() -> None:
    async with SigningDesk() as desk:
        orders = [desk.sign(KEY, request(n), Scheme.CAVAGE, NOW) for n in range(30)]
        orders[3].cancel()
        signed = await asyncio.gather(*orders[:3], *orders[4:])

    assert len(signed) == 29
