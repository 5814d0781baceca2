"""Private conversations in apps: each member keeps their own list of them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from fedinet.digests.gather import Wanted, gather
from fedinet.digests.model import Rubric
from fedinet.kernel.ids import ActorId
from fedinet.kernel.log import work_id
from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode
from tests.integration.statements import statements


@pytest.fixture
async def ada(start_node: StartNode) -> AsyncIterator[App]:
    yield await given_app(await start_node(), "ada")


async def test_private_posts_stand_in_conversations(ada: App) -> None:
    bob, cy = await given_app(ada.node, "bob"), await given_app(ada.node, "cy")
    first = await ada.publish("@bob @cy Tea?", visibility="direct")
    await ada.publish("@bob not private")
    answer = await bob.publish("@ada Yes", visibility="direct", in_reply_to_id=first["id"])
    other = await cy.publish("@ada And cake?", visibility="direct")
    await ada.node.drain()

    of_ada = await ada.get("/v1/conversations")
    assert [(one["last_status"]["id"], one["unread"]) for one in of_ada] == [
        (other["id"], True),
        (answer["id"], True),
    ]
    assert [[who["acct"] for who in one["accounts"]] for one in of_ada] == [["cy"], ["bob"]]
    [_, of_cy] = await cy.get("/v1/conversations")
    assert of_cy["last_status"]["id"] == first["id"], "Bob's answer was not for her"
    assert [who["acct"] for who in of_cy["accounts"]] == ["ada", "bob"]

    assert await waiting(ada) == {"bob", "cy"}
    path = f"/v1/conversations/{of_ada[1]['id']}"
    assert not (await ada.post(f"{path}/read"))["unread"]
    assert await waiting(ada) == {"cy"}
    assert (await ada.post(f"{path}/unread"))["unread"]
    for method, tail in (("POST", "/read"), ("DELETE", "")):
        assert await bob.status(method, path + tail) == 404, "his own has another number"
    assert [one["last_status"]["id"] for one in await ada.get("/v1/conversations?limit=1")] == [
        other["id"]
    ]
    older = await ada.get(f"/v1/conversations?max_id={other['id']}")
    assert [one["last_status"]["id"] for one in older] == [answer["id"]]

    assert (await ada.call("DELETE", f"/api{path}")).body == {}
    assert len(await ada.get("/v1/conversations")) == 1
    again = await bob.publish("@ada Well?", visibility="direct", in_reply_to_id=first["id"])
    await ada.node.drain()
    assert (await ada.get("/v1/conversations"))[0]["last_status"]["id"] == again["id"]
    await bob.call("DELETE", f"/api/v1/statuses/{again['id']}")
    assert (await ada.get("/v1/conversations"))[0]["last_status"]["id"] == answer["id"]
    await ada.post(f"/v1/accounts/{cy.id}/block")
    assert [one["last_status"]["id"] for one in await ada.get("/v1/conversations")] == [
        answer["id"]
    ]


async def test_nobody_learns_of_those_addressed_in_secret(ada: App) -> None:
    bob, cy = await given_app(ada.node, "bob"), await given_app(ada.node, "cy")
    await ada.publish("@bob @cy Tea?", visibility="direct")
    await ada.node.drain()
    # As if ada's own client had named cy as ``bto``.
    await ada.node.pool.execute("DELETE FROM post_mentions WHERE actor_id = $1", int(cy.id))
    for reader, known in ((bob, ["ada"]), (cy, ["ada", "bob"])):
        [found] = await reader.get("/v1/conversations")
        assert [who["acct"] for who in found["accounts"]] == known


async def waiting(one: App) -> set[str]:
    """Whose private posts an overview tells; it asks once for all conversations."""
    now = datetime.now(UTC)
    wanted = Wanted(since={Rubric.WAITING: now - timedelta(days=7)}, until=now + timedelta(hours=1))
    with statements() as asked:
        async with one.node.pool.acquire() as conn:
            found = await gather(conn, ActorId(int(one.id)), wanted, (), now)
    names = [name for name in asked[work_id.get()] if name.startswith(("conv", "digests."))]
    assert names == ["digests.read_standing"]
    return {item.actor.username for item in found.waiting}
