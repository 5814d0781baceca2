"""From POST /inbox to the homes: the door, the worker and the slices together."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from fedinet.db.query import Tx
from fedinet.inbox.run import Hearing, run_inbox
from fedinet.kernel.ids import Domain
from fedinet.wiring.handlers import HANDLERS
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ForeignServer, foreign_server
from tests.integration.inbox_peer import PeerActor, deliver, like, peer_actor
from tests.integration.nodes import RunningNode

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@pytest.fixture
async def node(start_node: StartNode) -> RunningNode:
    return await start_node()


@pytest.fixture
async def peer() -> AsyncIterator[ForeignServer]:
    async with foreign_server() as server:
        yield server


@pytest.fixture
async def bob(node: RunningNode, peer: ForeignServer) -> PeerActor:
    """Somebody elsewhere whom a member here follows."""
    bob = peer_actor(peer, "bob")
    await deliver(node, bob, like(bob, 99, type="Listen"))
    await node.pool.execute(
        """
        INSERT INTO actors (uri, origin, username, domain, is_local, kind, page_url, inbox_url)
        VALUES ($1 || '/users/ada', $1, 'ada', 'here', true, 'Person', $1, $1);
        """,
        node.origin,
    )
    await node.pool.execute(
        """
        INSERT INTO follows (follower_id, target_id, state, uri)
        SELECT a.id, b.id, 'accepted', 'f' FROM actors a, actors b
         WHERE a.username = 'ada' AND b.uri = $1
        """,
        bob.uri,
    )
    await node.drain()
    return bob


async def test_fifty_copies_at_once_are_one_post_in_one_home(
    node: RunningNode, bob: PeerActor
) -> None:
    create = note_of(bob)
    answers = await asyncio.gather(*(deliver(node, bob, create) for _ in range(50)))
    await node.drain()
    assert {answer.status for answer in answers} == {202}
    assert await node.pool.fetchval("SELECT count(*) FROM posts") == 1
    assert await node.pool.fetchval("SELECT count(*) FROM home") == 1


async def test_another_origins_object_is_what_that_origin_says_it_is(
    node: RunningNode, bob: PeerActor
) -> None:
    async with foreign_server() as elsewhere:
        author = peer_actor(elsewhere, "carol", key=2)
        true = note_of(author)["object"]
        elsewhere.serve("/users/carol/notes/1", {"@context": PUBLIC.split("#")[0], **true})
        await deliver(node, bob, note_of(bob, object={**true, "content": "<p>forged</p>"}))
        forged = note_of(bob, id=f"{bob.uri}/2", object={**true, "attributedTo": bob.uri})
        await deliver(node, bob, forged)
        await node.drain()
    assert await node.pool.fetchval("SELECT count(*) FROM posts WHERE html ~ 'forged'") == 0
    reasons = await node.pool.fetch(
        "SELECT outcome, reason FROM inbound_log WHERE activity_type = 'Create'"
    )
    assert [tuple(row) for row in reasons] == [("dropped", "forged_author")] * 2


async def test_the_loop_works_on_what_comes_and_stops_when_told(
    node: RunningNode, bob: PeerActor
) -> None:
    stop, heard = asyncio.Event(), asyncio.Event()

    async def hear(_tx: Tx, _host: Domain) -> None:
        heard.set()

    running = asyncio.create_task(
        run_inbox(
            node.pool,
            HANDLERS,
            node.services.actors,
            stop,
            direct_url=str(node.services.settings.database_url),
            heard=hear,
        )
    )
    async with asyncio.timeout(30):
        await deliver(node, bob, note_of(bob))
        await heard.wait()
        stop.set()
        await running
    assert await node.pool.fetchval("SELECT count(*) FROM posts") == 1
    assert await node.pool.fetchval("SELECT count(*) FROM inbound_queue") == 0


async def test_a_server_is_reported_as_heard_once_a_minute(node: RunningNode) -> None:
    heard: list[str] = []

    async def hear(_tx: Tx, host: Domain) -> None:
        heard.append(host)

    hearing = Hearing(node.pool, hear)
    await hearing.of(["https://b.example/users/a", "https://b.example/users/b"])
    await hearing.of(["https://b.example/users/c", "http://c.example:81/users/d"])
    assert heard == ["b.example", "c.example:81"]


def note_of(author: PeerActor, **properties: object) -> dict[str, object]:
    note = {
        "id": f"{author.uri}/notes/1",
        "type": "Note",
        "attributedTo": author.uri,
        "to": [PUBLIC],
        "cc": [f"{author.uri}/followers"],
        "content": "<p>true</p>",
    }
    return {**like(author, type="Create", object=note, to=[PUBLIC]), **properties}
