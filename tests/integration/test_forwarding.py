"""What others say about our posts, passed on to followers whom only we know."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.audiences.model import Visibility
from fedinet.db.pool import transaction
from fedinet.follows import blocking
from fedinet.posts.model import Post
from fedinet.threads.upkeep import forget_forwarded_once
from fedinet.vocab.activity import PUBLIC
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ForeignServer, foreign_server
from tests.integration.inbox_peer import PeerActor, deliver, encoded, peer_actor
from tests.integration.members import Member, given_member_of, publishes
from tests.integration.nodes import RunningNode
from tests.integration.people import given_follow


@dataclass
class Scene:
    """bo answers ada. cy, elsewhere, and dee, where bo is, follow ada; eve follows nobody."""

    node: RunningNode
    ada: Member
    bo: PeerActor
    cy: Actor
    home: ForeignServer
    """bo's."""
    got: dict[str, list[tuple[bytes, str]]] = field(
        default_factory=dict[str, list[tuple[bytes, str]]]
    )

    def listen(self, server: ForeignServer, name: str) -> None:
        """Keep what comes to somebody's inbox, and by whose key it was signed."""
        kept = self.got.setdefault(name, [])

        async def inbox(request: web.Request) -> web.StreamResponse:
            kept.append((await request.read(), request.headers["Signature"]))
            return web.Response(status=202)

        server.answers[f"/users/{name}/inbox"] = inbox

    async def followers(self) -> str:
        async with transaction(self.node.pool) as tx:
            found = (await get_actor(tx, self.ada.actor_id)).followers_uri
        assert found is not None
        return found

    async def answer(self, post: Post, number: int = 1, **changes: Any) -> dict[str, Any]:
        note = {
            "id": f"{self.bo.uri}/notes/{number}",
            "type": "Note",
            "attributedTo": self.bo.uri,
            "content": "Yes",
            "inReplyTo": post.uri,
            "to": [PUBLIC],
            "cc": [f"{self.bo.uri}/followers", await self.followers()],
        } | changes
        return self.activity("Create", note, number, to=note["to"], cc=note["cc"])

    def activity(self, kind: str, thing: object, number: int, **more: object) -> dict[str, Any]:
        return {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{self.bo.uri}/{kind}/{number}",
            "type": kind,
            "actor": self.bo.uri,
            "object": thing,
            **more,
        }

    async def sends(self, activity: dict[str, Any]) -> None:
        assert (await deliver(self.node, self.bo, activity)).status == 202
        await self.node.drain()

    def passed_on(self, name: str = "cy") -> list[str]:
        """Types of what came to somebody that bo did."""
        came = [json.loads(body) for body, _ in self.got[name]]
        return [activity["type"] for activity in came if activity["actor"] == self.bo.uri]


@pytest.fixture
async def scene(start_node: StartNode) -> AsyncIterator[Scene]:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    async with foreign_server() as one, foreign_server() as other:
        bo = peer_actor(one, "bo", followers=f"{one.origin}/users/bo/followers")
        actors = node.services.actors
        cy = await actors.get(other.actor("cy"))
        dee, eve = [await actors.get(server.actor(name)) for server, name in
                    ((one, "dee"), (other, "eve"))]  # fmt: skip
        scene = Scene(node, ada, bo, cy, one)
        for server, name in ((other, "cy"), (one, "dee"), (other, "eve")):
            scene.listen(server, name)
        async with transaction(node.pool) as tx:
            me = await get_actor(tx, ada.actor_id)
            for follower in (cy, dee):
                await given_follow(tx, follower, me)
        assert eve.uri
        yield scene


async def test_an_answer_goes_on_to_our_followers_byte_for_byte_and_so_do_its_changes(
    scene: Scene,
) -> None:
    post = await publishes(scene.ada, "Who comes?")
    create = await scene.answer(post)

    await scene.sends(create)
    await scene.sends(create)

    assert scene.passed_on() == ["Create"]
    body, signature = scene.got["cy"][-1]
    assert body == encoded(create)
    assert f'keyId="{scene.node.origin}/users/ada#main-key"' in signature
    assert scene.passed_on("dee") == [] and scene.got["eve"] == []

    note = create["object"] | {"content": "No", "updated": "2099-01-01T00:00:00Z", "cc": []}
    await scene.sends(scene.activity("Update", note, 1, to=[PUBLIC]))
    gone = {"id": note["id"], "type": "Tombstone"}
    for number in (1, 2):
        await scene.sends(scene.activity("Delete", gone, number, to=[PUBLIC]))
    assert scene.passed_on() == ["Create", "Update", "Delete"]
    assert await scene.node.pool.fetchval("SELECT count(*) FROM forwarded") == 0


async def test_only_what_is_about_our_posts_and_addressed_to_our_followers_goes_on(
    scene: Scene,
) -> None:
    post = await publishes(scene.ada, "Who comes?")
    theirs = await scene.followers()
    mention = {"type": "Mention", "href": scene.node.origin + "/users/ada"}
    below = await scene.answer(post, 2, inReplyTo=f"{scene.bo.uri}/notes/1")

    await scene.sends(await scene.answer(post, 1, cc=[f"{scene.bo.uri}/followers"]))
    await scene.sends(await scene.answer(post, 3, inReplyTo=None, tag=[mention]))
    await scene.sends(await scene.answer(post, 4, cc=[scene.cy.uri, f"{scene.cy.uri}/followers"]))
    assert scene.passed_on() == []

    await scene.sends(below)
    await scene.sends(scene.activity("Like", post.uri, 1, audience=theirs))
    assert scene.passed_on() == ["Create", "Like"]


async def test_nobody_is_made_a_loudspeaker_by_whom_they_block(scene: Scene) -> None:
    post = await publishes(scene.ada, "Who comes?")
    them = await scene.node.services.actors.get(scene.bo.uri)
    await scene.ada.does(lambda tx, me: blocking.block(tx, me, them))

    await scene.sends(await scene.answer(post))
    await scene.sends(scene.activity("Like", post.uri, 1, cc=[await scene.followers()]))

    assert scene.passed_on() == []


async def test_an_answer_among_followers_goes_on_to_them_alone(scene: Scene) -> None:
    post = await publishes(scene.ada, "Among us", Visibility.FOLLOWERS)
    async with transaction(scene.node.pool) as tx:
        bo = await scene.node.services.actors.get(scene.bo.uri)
        await given_follow(tx, bo, await get_actor(tx, scene.ada.actor_id))
    to_us = [await scene.followers(), f"{scene.node.origin}/users/ada"]

    await scene.sends(await scene.answer(post, to=to_us, cc=[]))

    assert scene.passed_on() == ["Create"] and scene.got["eve"] == []


async def test_what_was_passed_on_to_us_ends_here(scene: Scene) -> None:
    post = await publishes(scene.ada, "Who comes?")
    create = await scene.answer(post)
    scene.home.serve("/users/bo/notes/1", {"@context": create["@context"], **create["object"]})
    async with foreign_server() as third:
        bringer = peer_actor(third, "gus", key=2)
        assert (await deliver(scene.node, bringer, create)).status == 202
        await scene.node.drain()
    assert await scene.node.pool.fetchval("SELECT count(*) FROM posts") == 2
    assert scene.passed_on() == []


async def test_whom_something_was_passed_on_to_is_forgotten_in_time(scene: Scene) -> None:
    await scene.sends(await scene.answer(await publishes(scene.ada, "Who comes?")))
    assert await forget_forwarded_once(scene.node.pool) == 0
    await scene.node.pool.execute("UPDATE forwarded SET at = now() - interval '91 days'")
    assert await forget_forwarded_once(scene.node.pool, chunk=1) == 1
