"""A restored node is silent until its steward is sure that the old copy is gone (TRAPS 13)."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from fedinet.actors.keys import create_local_actor
from fedinet.actors.model import Actor
from fedinet.db.pool import transaction
from fedinet.node.store import pause, resume
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from tests.integration.conftest import StartNode
from tests.integration.nodes import RunningNode


@pytest.fixture
async def peer_inbox() -> AsyncIterator[tuple[str, list[bytes]]]:
    """An inbox elsewhere, and what has come into it."""
    came: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        came.append(await request.read())
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/inbox", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/inbox", came
    await runner.cleanup()


async def test_what_was_promised_leaves_after_resume(
    start_node: StartNode, peer_inbox: tuple[str, list[bytes]]
) -> None:
    url, came = peer_inbox
    node = await start_node()
    ada = await given_ada(node)
    async with transaction(node.pool) as tx:
        await pause(tx)
        await enqueue(tx, ada.id, Audience(inboxes=(url,)), {"id": f"{ada.uri}#1", "type": "Like"})
    await node.drain()
    assert came == []
    async with transaction(node.pool) as tx:
        await resume(tx)
    await node.drain()
    assert len(came) == 1


async def given_ada(node: RunningNode) -> Actor:
    services = node.services
    async with transaction(node.pool) as tx:
        return await create_local_actor(
            tx,
            uris=services.uris,
            account_domain=services.settings.account_domain,
            username="ada",
            kind="Person",
            box=services.box,
        )
