"""Our node and servers built on pubby and bovine: one story each, both ways, over real HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientSession

from fedinet.actors.model import Actor
from fedinet.db.pool import transaction
from fedinet.follows import commands as follows
from fedinet.posts import commands as posts
from fedinet.reactions import commands as reactions
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.keys import SigningKey, generate_rsa
from fedinet.signing.message import Outgoing, sha256_of
from tests.integration.conftest import StartNode
from tests.integration.nodes import RunningNode
from tests.interop.python_peers import PythonPeer, running_peer, why_not
from tests.interop.test_fedify import PUBLIC, counts, eventually, given_member, now, publish

pytestmark = pytest.mark.interop
AS2 = "https://www.w3.org/ns/activitystreams"


@pytest.fixture(params=["pubby", "bovine"])
async def peer(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PythonPeer]:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    folder = [str(tmp_path / "peer")] if request.param == "pubby" else []
    async with running_peer(f"{request.param}_server.py", *folder) as running:
        yield running


async def test_a_friendship_with_a_server_that_others_wrote(
    peer: PythonPeer, start_node: StartNode
) -> None:
    node = await start_node()
    ada = await given_member(node, "ada", approves_followers=False)
    await they_follow_us(peer, node, ada)
    await they_answer_like_boost_and_take_it_back(peer, node, ada)
    await we_follow_them_answer_like_boost_and_take_it_back(peer, node, ada)
    await their_door_tells_good_from_bad(peer, node, ada)


async def they_follow_us(peer: PythonPeer, node: RunningNode, ada: Actor) -> None:
    follow = activity(peer, "Follow", ada.uri)
    assert await peer.send(ada.inbox_url, follow) == 202
    await node.drain()
    accept = await peer.wait_for(lambda one: one["type"] == "Accept")
    assert accept["object"]["id"] == follow["id"]


async def they_answer_like_boost_and_take_it_back(
    peer: PythonPeer, node: RunningNode, ada: Actor
) -> None:
    post = await publish(node, ada, "What do you *think*?")
    await node.drain()
    create = await peer.wait_for(lambda one: one["type"] == "Create")
    assert create["object"]["id"] == post.uri
    assert create["object"]["content"] == "<p>What do you <em>think</em>?</p>"

    note = a_note(peer, ada, "<p>I like it</p><script>alert(1)</script>") | {"inReplyTo": post.uri}
    like = activity(peer, "Like", post.uri)
    boost = activity(peer, "Announce", post.uri) | {"to": [PUBLIC], "cc": [ada.uri]}
    answer = activity(peer, "Create", note) | {"to": [PUBLIC], "cc": [ada.uri]}
    for sent in (answer, like, boost):
        assert await peer.send(ada.inbox_url, sent) == 202
    await node.drain()
    assert await counts(node, post) == (1, 1, 1)
    async with node.http.get(f"/@ada/{post.id}") as page:
        text = await page.text()
    assert "<p>I like it</p>" in text and "alert(1)" not in text

    gone = activity(peer, "Delete", {"id": note["id"], "type": "Tombstone"}) | {"to": [PUBLIC]}
    for sent in (activity(peer, "Undo", like), activity(peer, "Undo", boost), gone):
        assert await peer.send(ada.inbox_url, sent) == 202
    await node.drain()
    assert await counts(node, post) == (0, 0, 0)


async def we_follow_them_answer_like_boost_and_take_it_back(
    peer: PythonPeer, node: RunningNode, ada: Actor
) -> None:
    them = await node.services.actors.get(peer.actor)
    async with transaction(node.pool) as tx:
        await follows.follow(tx, ada, them, now=datetime.now(UTC))
    await eventually(
        node,
        "SELECT state = 'accepted' FROM follows WHERE follower_id = $1 AND target_id = $2",
        ada.id,
        them.id,
    )
    note = a_note(peer, ada, "<p>Hello from here</p>") | {"cc": [f"{peer.actor}/followers"]}
    sent = activity(peer, "Create", note) | {"to": [PUBLIC], "cc": note["cc"]}
    assert await peer.send(ada.inbox_url, sent) == 202
    await node.drain()
    theirs = await node.pool.fetchval("SELECT id FROM posts WHERE uri = $1", note["id"])

    reply = await publish(node, ada, "Welcome", parent_id=theirs)
    async with transaction(node.pool) as tx:
        await reactions.like(tx, ada, theirs)
        await reactions.boost(tx, ada, theirs, now=datetime.now(UTC))
    await node.drain()
    answer = await peer.wait_for(lambda one: object_of(one).get("inReplyTo") == note["id"])
    assert answer["object"]["id"] == reply.uri
    assert (await peer.wait_for(lambda one: one["type"] == "Like"))["object"] == note["id"]
    assert (await peer.wait_for(lambda one: one["type"] == "Announce"))["object"] == note["id"]

    async with transaction(node.pool) as tx:
        await posts.delete(tx, ada, reply.id)
        await reactions.unlike(tx, ada, theirs)
        await follows.unfollow(tx, ada, them)
    await node.drain()
    deleted = await peer.wait_for(lambda one: one["type"] == "Delete")
    assert deleted["object"]["id"] == reply.uri
    for kind in ("Like", "Follow"):
        await peer.wait_for(lambda one: one["type"] == "Undo" and one["object"]["type"] == kind)  # noqa: B023


async def their_door_tells_good_from_bad(peer: PythonPeer, node: RunningNode, ada: Actor) -> None:
    """Good, made by another key, none at all, and a digest of other bytes."""
    key = await node.services.signer.signing_key(ada.id)
    inbox = (await node.services.actors.get(peer.actor)).inbox_url
    body = f'{{"@context":"{AS2}","id":"{ada.uri}#{uuid4()}","type":"Like",'.encode()
    body += f'"actor":"{ada.uri}","object":"{peer.origin}/objects/x"}}'.encode()
    request = Outgoing("POST", inbox, sha256_of(body))
    good = sign_cavage(key, request, now=datetime.now(UTC))
    bad = sign_cavage(SigningKey(key.id, generate_rsa()), request, now=datetime.now(UTC))
    kind = {"Content-Type": "application/activity+json"}
    known = len(await peer.inbox())
    async with ClientSession() as http:
        statuses: list[int] = []
        for sent, headers in (
            (body, bad), (body, {}), (body.replace(b"/x", b"/y"), good), (body, good),
        ):  # fmt: skip
            async with http.post(inbox, data=sent, headers=headers | kind) as answer:
                statuses.append(answer.status)
    assert [status // 100 for status in statuses] == [4, 4, 4, 2], statuses
    assert len(await peer.inbox()) == known + 1


def activity(peer: PythonPeer, kind: str, of: object) -> dict[str, Any]:
    return {
        "@context": AS2,
        "id": f"{peer.origin}/activities/{uuid4()}",
        "type": kind,
        "actor": peer.actor,
        "object": of,
        "published": now(),
    }


def a_note(peer: PythonPeer, to: Actor, content: str) -> dict[str, Any]:
    return {
        "id": f"{peer.origin}/objects/{uuid4()}",
        "type": "Note",
        "attributedTo": peer.actor,
        "content": content,
        "to": [PUBLIC],
        "cc": [to.uri],
        "tag": [{"type": "Mention", "href": to.uri, "name": "@ada"}],
        "published": now(),
    }


def object_of(received: dict[str, Any]) -> dict[str, Any]:
    found = received.get("object")
    return found if isinstance(found, dict) else {}
