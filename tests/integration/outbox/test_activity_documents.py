"""GET /activities/ID over HTTP."""

from aiohttp import ClientResponse

from fedinet.actors.model import Actor
from fedinet.actors.store import mark_gone, set_suspended
from fedinet.kernel.names import new_activity_uri
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.vocab.activity import PUBLIC
from tests.integration.conftest import StartNode
from tests.integration.nodes import RunningNode
from tests.integration.people import given_member


async def test_a_public_activity_is_served_with_its_object_by_name(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_ada(node)
    uri = await given_activity(node, ada, to=PUBLIC)

    answer = await asked(node, uri)

    assert answer.status == 200
    assert answer.content_type == "application/activity+json"
    assert "Signature" in answer.headers["Vary"]
    assert (await answer.json())["object"] == f"{node.origin}/posts/1"
    assert "between us" not in await answer.text()


async def test_what_is_not_public_or_unknown_does_not_exist(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_ada(node)
    private = await given_activity(node, ada, to=f"{ada.uri}/followers")

    assert (await asked(node, private)).status == 404
    assert (await asked(node, f"{node.origin}/activities/none")).status == 404


async def test_activities_of_people_who_left_are_gone(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_ada(node)
    uri = await given_activity(node, ada, to=PUBLIC)

    async with node.pool.acquire() as tx, tx.transaction():
        await mark_gone(tx, ada.id)
    assert (await asked(node, uri)).status == 410

    async with node.pool.acquire() as tx, tx.transaction():
        await set_suspended(tx, ada.id, suspended=True)
    assert (await asked(node, uri)).status == 404


async def given_ada(node: RunningNode) -> Actor:
    async with node.pool.acquire() as tx, tx.transaction():
        return await given_member(tx, "ada", uris=node.services.uris)


async def given_activity(node: RunningNode, author: Actor, *, to: str) -> str:
    uri = new_activity_uri(author.uri)
    note = {"id": f"{node.origin}/posts/1", "type": "Note", "content": "between us"}
    document = {"id": uri, "type": "Create", "actor": author.uri, "to": to, "object": note}
    async with node.pool.acquire() as tx, tx.transaction():
        await enqueue(tx, author.id, Audience(followers=True), document)
    return uri


async def asked(node: RunningNode, uri: str) -> ClientResponse:
    headers = {"Accept": "application/activity+json"}
    return await node.http.get(uri.removeprefix(node.origin), headers=headers)
