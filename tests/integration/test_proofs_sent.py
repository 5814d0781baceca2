"""What we send in public can be checked by whoever it is passed on to, on another node of ours."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import msgspec
import pytest

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.posts import commands as posts
from fedinet.reactions import commands as reactions
from fedinet.signing.integrity import CONTEXT
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ForeignServer, foreign_server
from tests.integration.inbox_peer import peer_actor
from tests.integration.members import given_member_of, publishes
from tests.integration.nodes import RunningNode


@pytest.fixture
async def elsewhere() -> AsyncIterator[ForeignServer]:
    async with foreign_server() as server:
        yield server


async def test_only_what_is_public_carries_a_proof_and_it_holds_when_others_pass_it_on(
    start_node: StartNode, elsewhere: ForeignServer
) -> None:
    ada = await given_member_of(await start_node(), "ada")
    cy = await given_member_of(await start_node(), "cy")
    eve = peer_actor(elsewhere, "eve")
    await follows_silently(ada.node, await ada.node.services.actors.get(eve.uri), ada.actor_id)
    them = await cy.sees(ada)
    await follows_silently(cy.node, cy.actor_id, them)

    post = await publishes(ada, "Sourdough at noon")
    await publishes(ada, "For those who follow", visibility=Visibility.FOLLOWERS)
    await ada.does(lambda tx, me: reactions.like(tx, me, post.id))
    await ada.does(lambda tx, me: reactions.boost(tx, me, post.id, now=datetime.now(UTC)))
    await ada.does(lambda tx, me: reactions.unboost(tx, me, post.id))
    await ada.does(lambda tx, me: posts.delete(tx, me, post.id))

    sent = [
        row["body"] for row in await ada.node.pool.fetch("SELECT body FROM outgoing ORDER BY id")
    ]
    documents = [msgspec.json.decode(body, type=dict[str, object]) for body in sent]
    kinds = [(one["type"], "proof" in one) for one in documents]
    assert kinds == [
        ("Create", True), ("Create", False), ("Announce", True), ("Undo", True), ("Delete", True),
    ]  # fmt: skip
    assert all((CONTEXT in list(one["@context"])) == ("proof" in one) for one in documents)  # pyright: ignore[reportArgumentType]

    for body in (sent[0], sent[4]):
        headers = eve.signed(f"{cy.node.origin}/inbox", body)
        async with cy.node.http.post("/inbox", data=body, headers=headers) as answer:
            assert answer.status == 202
        await cy.node.drain()
        if body is sent[0]:  # it is deleted at its origin already: nobody else could vouch for it
            assert await cy.home() == ["<p>Sourdough at noon</p>"]
    assert await cy.home() == []


async def follows_silently(node: RunningNode, follower: Actor | int, target: Actor | int) -> None:
    await node.pool.execute(
        "INSERT INTO follows (follower_id, target_id, state, uri) VALUES ($1, $2, 'accepted', '')",
        *(one.id if isinstance(one, Actor) else one for one in (follower, target)),
    )


async def test_who_has_no_such_key_sends_without(start_node: StartNode) -> None:
    ada = await given_member_of(await start_node(), "ada")
    bo = await given_member_of(await start_node(), "bo")
    await follows_silently(ada.node, await ada.sees(bo), ada.actor_id)
    await ada.node.pool.execute("DELETE FROM actor_keys WHERE kind = 'ed25519'")
    await publishes(ada, "Sourdough at noon")
    [row] = await ada.node.pool.fetch("SELECT body, fanned_out_at FROM outgoing")
    assert row["fanned_out_at"] is not None
    assert b'"proof"' not in row["body"]
