"""Proofs that travel: ours at a Fedify server, and those of its people at our node."""

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from aiohttp import ClientSession, web

from fedinet.actors.model import Actor
from fedinet.db.pool import transaction
from fedinet.outbox.fanout import fan_out_once
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ForeignServer, foreign_server
from tests.integration.inbox_peer import PeerActor, peer_actor
from tests.integration.nodes import RunningNode
from tests.interop.fedify_peer import FedifyPeer, running_peer, why_not
from tests.interop.test_fedify import PUBLIC, activity, given_follower, given_member, now, publish

pytestmark = pytest.mark.interop
ACTIVITY_JSON = {"Content-Type": "application/activity+json"}


@pytest.fixture
async def fedify() -> AsyncIterator[FedifyPeer]:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    async with running_peer() as peer:
        yield peer


@pytest.fixture
async def elsewhere() -> AsyncIterator[ForeignServer]:
    async with foreign_server() as server:
        yield server


async def test_proofs_hold_without_those_who_made_them(
    fedify: FedifyPeer, start_node: StartNode, elsewhere: ForeignServer
) -> None:
    node = await start_node()
    ada = await given_member(node, "ada", approves_followers=False)
    await it_believes_our_proof_without_a_signed_request_and_nothing_less(fedify, node, ada)
    for name in ("mira", "rsa-rune"):
        await we_believe_what_its_people_signed(fedify, node, ada, elsewhere, name)


async def it_believes_our_proof_without_a_signed_request_and_nothing_less(
    fedify: FedifyPeer, node: RunningNode, ada: Actor
) -> None:
    await given_follower(fedify, node, ada)
    post = await publish(node, ada, "Sourdough at noon, *again*")
    await fan_out_once(node.pool, node.services.uris, proof_keys=node.services.signer)
    body = await node.pool.fetchval("SELECT body FROM outgoing ORDER BY id DESC LIMIT 1")
    bare = {key: value for key, value in json.loads(body).items() if key != "proof"}

    inbox = f"{fedify.origin}/inbox"
    async with ClientSession(headers=ACTIVITY_JSON) as http:
        statuses: list[int] = []
        for sent in (body.replace(b"noon", b"dawn"), json.dumps(bare).encode(), body):
            async with http.post(inbox, data=sent) as answer:
                statuses.append(answer.status)
    assert statuses == [401, 401, 202]
    created = await fedify.wait_for(lambda one: one["type"] == "Create")
    assert created["object"]["id"] == post.uri


async def we_believe_what_its_people_signed(
    fedify: FedifyPeer, node: RunningNode, ada: Actor, elsewhere: ForeignServer, name: str
) -> None:
    """Whoever brings it: mira makes proofs, rsa-rune linked-data signatures alone."""
    eve = peer_actor(elsewhere, "eve")
    taken: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        taken.append(await request.read())
        return web.Response(status=202)

    elsewhere.answers["/users/eve/inbox"] = take
    author = fedify.actor(name)
    for text in ("I like it", "I like it too"):
        note = {
            "id": f"{fedify.origin}/notes/{uuid4()}",
            "type": "Note",
            "attributedTo": author,
            "content": f"<p>{text}</p>",
            "to": PUBLIC,
            "cc": ada.uri,
            "tag": [{"type": "Mention", "href": ada.uri, "name": f"@ada@{node.domain}"}],
            "published": now(),
        }
        create = activity(fedify, "Create", note, to=PUBLIC, cc=ada.uri) | {"actor": author}
        await fedify.send(name, eve.uri, create, served=False)

    signed = json.loads(taken[0])
    assert ("proof" in signed, "signature" in signed) == (name == "mira", True)
    assert await brought(node, eve, taken[0]) == ""
    assert await brought(node, eve, taken[1].replace(b"like", b"hate")) == "not_vouched"
    texts = await node.pool.fetch(
        "SELECT html FROM posts JOIN actors a ON a.id = author_id WHERE a.uri = $1", author
    )
    assert [row["html"] for row in texts] == ["<p>I like it</p>"]


async def brought(node: RunningNode, bringer: PeerActor, body: bytes) -> str:
    """Why our node dropped what somebody else brought; empty where it was applied."""
    headers = bringer.signed(f"{node.origin}/inbox", body)
    assert (await node.http.post("/inbox", data=body, headers=headers)).status == 202
    await node.drain()
    async with transaction(node.pool) as tx:
        return await tx.fetchval("SELECT reason FROM inbound_log ORDER BY id DESC LIMIT 1")
