"""What a stranger with a valid signature tries: into conversations, others' posts, our queues."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from yarl import URL

from fedinet.actors.store import get_actor
from fedinet.audiences.model import Visibility
from fedinet.db.pool import transaction
from fedinet.follows import blocking
from fedinet.kernel.ids import ActorId
from fedinet.posts import commands
from fedinet.posts.model import Draft, Post
from fedinet.timelines.commands import place_own_post
from fedinet.vocab.activity import PUBLIC
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ForeignServer, foreign_server
from tests.integration.households import given_account
from tests.integration.inbox_peer import PeerActor, deliver, peer_actor
from tests.integration.nodes import RunningNode


@pytest.fixture
async def node(start_node: StartNode) -> RunningNode:
    return await start_node()


@pytest.fixture(autouse=True)
async def ada(node: RunningNode) -> ActorId:
    return (await given_account(node, "ada"))[1]


@pytest.fixture
async def peer() -> AsyncIterator[ForeignServer]:
    async with foreign_server() as peer:
        yield peer


@pytest.fixture
async def elsewhere() -> AsyncIterator[ForeignServer]:
    async with foreign_server() as server:
        yield server


@pytest.mark.parametrize(
    "audience", [Visibility.FOLLOWERS, Visibility.COMMUNITY, Visibility.MENTIONED]
)
async def test_nobody_gets_into_a_conversation_by_naming_its_address(
    node: RunningNode, ada: ActorId, peer: ForeignServer, audience: Visibility
) -> None:
    post = await given_post(node, ada, audience)
    await given_account(node, "bo")
    await arrives(node, peer_actor(peer, "eve"), in_reply_to=post.uri, to=["bo"])
    assert await placed_under(node) is None


async def test_who_is_blocked_does_not_stand_under_the_posts_of_who_blocks(
    node: RunningNode, ada: ActorId, peer: ForeignServer
) -> None:
    post = await given_post(node, ada, Visibility.EVERYONE)
    await given_account(node, "bo")
    eve = peer_actor(peer, "eve")
    known = await node.services.actors.get(eve.uri)
    async with transaction(node.pool) as tx:
        await blocking.block(tx, await get_actor(tx, ada), known)
    await arrives(node, eve, in_reply_to=post.uri, to=["bo"])
    assert await placed_under(node) is None


async def test_an_answer_to_a_public_post_stands_under_it(
    node: RunningNode, ada: ActorId, peer: ForeignServer
) -> None:
    post = await given_post(node, ada, Visibility.EVERYONE)
    await arrives(node, peer_actor(peer, "eve"), in_reply_to=post.uri, to=["ada"])
    assert await placed_under(node) == post.id


async def test_a_stranger_cannot_delete_what_its_origin_shows_to_nobody(
    node: RunningNode, peer: ForeignServer, elsewhere: ForeignServer
) -> None:
    bob, eve = peer_actor(peer, "bob"), peer_actor(elsewhere, "eve", key=2)
    uri = await arrives(node, bob, to=["ada"], public=False)
    await deliver(node, eve, delete(bob, uri))  # bob's server says 404: it is not public
    await node.drain()
    assert await reasons(node, "Delete") == ["not_vouched"]
    assert await node.pool.fetchval("SELECT count(*) FROM posts") == 1
    await deliver(node, bob, delete(bob, uri, number=2))
    await node.drain()
    assert await node.pool.fetchval("SELECT count(*) FROM posts") == 0


async def test_a_forwarded_delete_leaves_no_tombstone_of_what_never_came(
    node: RunningNode, peer: ForeignServer, elsewhere: ForeignServer
) -> None:
    bob, eve = peer_actor(peer, "bob"), peer_actor(elsewhere, "eve", key=2)
    await deliver(node, eve, delete(bob, f"{bob.uri}/notes/1"))
    await node.drain()
    await arrives(node, bob, to=["ada"], public=False)
    assert await node.pool.fetchval("SELECT count(*) FROM posts") == 1


async def test_a_forwarded_delete_of_a_public_post_counts_once_it_is_gone_there(
    node: RunningNode, peer: ForeignServer, elsewhere: ForeignServer
) -> None:
    bob, eve = peer_actor(peer, "bob"), peer_actor(elsewhere, "eve", key=2)
    uri = await arrives(node, bob, to=["ada"])
    await deliver(node, eve, delete(bob, uri))
    await node.drain()
    assert await node.pool.fetchval("SELECT count(*) FROM posts") == 0


@pytest.mark.parametrize(("status", "is_gone"), [(404, False), (403, False), (410, True)])
async def test_an_actor_is_gone_only_where_its_server_says_gone(
    node: RunningNode,
    peer: ForeignServer,
    elsewhere: ForeignServer,
    status: int,
    is_gone: bool,
) -> None:
    bob, eve = peer_actor(peer, "bob"), peer_actor(elsewhere, "eve", key=2)
    await arrives(node, bob, to=["ada"])
    peer.serve("/users/bob", {}, status=status)
    await deliver(node, eve, delete(bob, bob.uri))
    await node.drain()
    found = await node.pool.fetchval("SELECT gone_at FROM actors WHERE uri = $1", bob.uri)
    assert (found is not None) == is_gone


async def test_addresses_too_long_for_an_index_hold_up_no_worker(
    node: RunningNode, peer: ForeignServer
) -> None:
    eve = peer_actor(peer, os.urandom(800).hex(), preferredUsername="eve")
    silent = f"http://127.0.0.1:9/{os.urandom(900).hex()}"
    forwarded = {"id": f"{silent}/d", "type": "Delete", "actor": silent, "object": f"{silent}/x"}
    assert (await deliver(node, eve, forwarded)).status == 202
    assert [await node.work() for _ in range(3)] == [1, 0, 0]
    assert await node.pool.fetchval("SELECT attempts FROM inbound_queue") == 1
    farewell = delete(eve, f"{peer.origin}/{os.urandom(900).hex()}")
    assert (await deliver(node, eve, farewell)).status == 202
    await node.work()
    assert await node.pool.fetchval("SELECT count(*) FROM tombstones") == 1


async def test_what_is_endless_does_not_stand_in_the_log_for_weeks(
    node: RunningNode, peer: ForeignServer
) -> None:
    eve = peer_actor(peer, "eve")
    endless = {"id": f"{eve.uri}/1", "type": "X" * 500_000, "actor": eve.uri, "object": eve.uri}
    assert (await deliver(node, eve, endless)).status == 400
    for kind in ("Like", "Announce", "Undo", "Follow", "Block"):
        far = f"http://c.example/{'y' * 500_000}"
        activity = {"id": f"{eve.uri}/{kind}", "type": kind, "actor": eve.uri, "object": far}
        assert (await deliver(node, eve, activity)).status == 202
    odd = {"id": f"{eve.uri}/odd", "type": "Flag", "actor": eve.uri, "object": {"type": "Z" * 9999}}
    assert (await deliver(node, eve, odd)).status == 202
    await node.drain()
    longest = await node.pool.fetchval(
        "SELECT max(length(object_type) + length(coalesce(object_uri, ''))) FROM inbound_log"
    )
    assert longest <= 2300
    assert await node.pool.fetchval("SELECT count(*) FROM inbound_log") == 6


@pytest.mark.parametrize(
    "path",
    [
        "/activities/%00",
        "/users/%00",
        "/users/a%00/outbox",
        "/@%00",
        "/@a@b%00.example",
        "/tags/%00",
    ],
)
async def test_nul_in_an_address_is_nothing_here(node: RunningNode, path: str) -> None:
    answer = await node.http.get(URL(node.origin + path, encoded=True))
    assert answer.status == 404


async def test_nul_in_the_name_of_an_inbox_is_nobodys(node: RunningNode) -> None:
    url = URL(f"{node.origin}/users/%00/inbox", encoded=True)
    headers = {"Content-Type": "application/activity+json", "Signature": 'keyId="https://x/"'}
    assert (await node.http.post(url, data=b"{}", headers=headers)).status == 404


async def given_post(node: RunningNode, author_id: ActorId, audience: Visibility) -> Post:
    async with transaction(node.pool) as tx:
        return await commands.publish(
            tx,
            node.services.uris,
            await get_actor(tx, author_id),
            Draft(text="Among us", visibility=audience),
            mentioned={},
            now=datetime.now(UTC),
            on_published=place_own_post,
        )


async def arrives(
    node: RunningNode,
    author: PeerActor,
    *,
    to: list[str],
    in_reply_to: str | None = None,
    public: bool = True,
) -> str:
    """Somebody elsewhere writes to members here; everything that follows is done."""
    named = [f"{node.origin}/users/{name}" for name in to]
    uri = f"{author.uri}/notes/1"
    note = {
        "id": uri,
        "type": "Note",
        "attributedTo": author.uri,
        "content": "<p>Here I am</p>",
        "to": [PUBLIC] if public else named,
        "cc": named,
        "inReplyTo": in_reply_to,
        "tag": [{"type": "Mention", "href": href, "name": "@x"} for href in named],
    }
    create = {"id": f"{uri}/create", "type": "Create", "actor": author.uri, "object": note}
    assert (await deliver(node, author, create)).status == 202
    await node.drain()
    return uri


def delete(actor: PeerActor, uri: str, *, number: int = 1) -> dict[str, object]:
    return {
        "id": f"{actor.uri}/deletes/{number}",
        "type": "Delete",
        "actor": actor.uri,
        "object": uri,
    }


async def placed_under(node: RunningNode) -> int | None:
    """The parent of the one post that came from elsewhere."""
    [row] = await node.pool.fetch("SELECT parent_id FROM posts WHERE NOT is_local")
    return row["parent_id"]


async def reasons(node: RunningNode, kind: str) -> list[str]:
    rows = await node.pool.fetch(
        "SELECT reason FROM inbound_log WHERE activity_type = $1 ORDER BY id", kind
    )
    return [row["reason"] for row in rows]
