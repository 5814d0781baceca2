"""Peers that others wrote, and nodes of ours for them to talk to."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.conftest import start_node
from tests.interop.fedify_peer import FedifyPeer, running_peer, why_not

__all__ = ["fedify", "start_node"]


@pytest.fixture(
    params=["rfc9421", "draft-cavage-http-signatures-12"], ids=["rfc9421-first", "cavage-first"]
)
async def fedify(request: pytest.FixtureRequest) -> AsyncIterator[FedifyPeer]:
    """A Fedify server, once for each signature that it may try first."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    async with running_peer(f"--first-knock={request.param}") as peer:
        yield peer
