"""Another server, and what asks it."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from fedinet.net.fetch import Fetcher
from tests.integration.outbox.peers import Peer, peer_server


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    allowed = [ip_network("127.0.0.0/8")]
    async with Fetcher(user_agent="test", allow_private_networks=allowed) as fetcher:
        yield fetcher


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with peer_server() as peer:
        yield peer
