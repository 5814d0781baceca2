"""One owner of a domain makes servers as it goes: what that costs us is bounded (policy.md)."""

import asyncio
import socket
from typing import Any

import pytest

from fedinet.kernel.ids import KeyUri
from fedinet.net.pace import HOSTS_AT_ONCE
from fedinet.signing.keys import SigningKey
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ForeignServer, foreign_server, rsa_key
from tests.integration.inbox_peer import PeerActor, deliver, like

SERVERS = 200


async def test_a_bomb_of_subdomains_causes_a_bounded_number_of_fetches(
    start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each new server sends something that makes us look at the next ones."""
    given_subdomains_of_loopback(monkeypatch)
    node = await start_node()
    async with foreign_server() as peer, foreign_server() as kind:
        bomb = [given_actor(peer, number) for number in range(SERVERS)]
        answers: list[int] = []
        for start in range(0, SERVERS, 20):
            answers += [
                answer.status
                for answer in await asyncio.gather(
                    *(deliver(node, one, announce(one, n)) for n, one in enumerate(
                        bomb[start : start + 20], start=start))
                )
            ]  # fmt: skip
        await node.drain()

        hosts = {request["host"] for request in peer.requests}
        assert set(answers) == {202, 503} and answers.count(202) <= HOSTS_AT_ONCE
        assert len(hosts) <= HOSTS_AT_ONCE
        assert len(peer.requests) <= 600
        fine = PeerActor(kind.actor("fine", key=rsa_key(1)), key_of(kind.origin + "/users/fine"))
        assert (await deliver(node, fine, like(fine))).status == 202


def given_subdomains_of_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = socket.getaddrinfo

    def answer(host: Any, *rest: Any, **options: Any) -> Any:
        return ask("127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)


def given_actor(peer: ForeignServer, number: int) -> PeerActor:
    """Somebody on a server of their own, below one domain; all are one server in truth."""
    port = peer.origin.rpartition(":")[2]
    origin = f"http://s{number}.bomb.localhost:{port}"
    one = ForeignServer(origin, peer.answers)
    uri = one.actor(f"u{number}", key=rsa_key(1))
    return PeerActor(uri, key_of(uri))


def key_of(uri: str) -> SigningKey:
    return SigningKey(KeyUri(f"{uri}#main-key"), rsa_key(1))


def announce(sender: PeerActor, number: int) -> dict[str, Any]:
    """Share what stands on another new server, which nobody has asked for yet."""
    origin = sender.uri.rpartition("/users/")[0].replace(f"s{number}.", f"n{number}.")
    public = "https://www.w3.org/ns/activitystreams#Public"
    return dict(like(sender, 1, type="Announce", object=f"{origin}/notes/1", to=[public]))
