"""Keys of a member are replaced while nodes talk: peers notice, and nothing is lost."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from aiohttp import web

from fedinet.accounts.commands import rotate_keys
from fedinet.actors.key_fetch import KeyFetcher
from fedinet.actors.keys import find_node_actor, generate_keys
from fedinet.actors.store import get_actor
from fedinet.audiences.model import Visibility
from fedinet.db.pool import transaction
from fedinet.kernel.ids import KeyUri
from fedinet.posts import commands as posts
from fedinet.posts.model import Draft
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.keys import SigningKey
from fedinet.signing.message import Outgoing, sha256_of
from fedinet.timelines.commands import place_own_post
from tests.integration.conftest import StartNode
from tests.integration.members import Member, accepts, follows, given_member_of, publishes
from tests.integration.nodes import RunningNode


@pytest.fixture
async def friends(start_node: StartNode) -> tuple[Member, Member]:
    """Bo follows ada, and her key is known at his server."""
    ada = await given_member_of(await start_node(), "ada")
    bo = await given_member_of(await start_node(), "bo")
    await follows(bo, ada)
    await accepts(ada, bo)
    await publishes(ada, "Before")
    assert await bo.home() == ["<p>Before</p>"]
    return ada, bo


async def test_a_peer_reads_the_new_key_once_and_refuses_the_old_one(
    friends: tuple[Member, Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bo = friends
    old = await ada.node.services.signer.signing_key(ada.actor_id)
    asked = watched(monkeypatch)

    await rotate(ada)
    await write(ada, "After")
    await deliver(ada.node)

    # The Update and the post are at the peer's door now, and no more than that.
    assert asked.count(f"{ada.node.origin}/users/ada#main-key") == 1
    assert await waiting(ada.node) == 0
    await ada.node.drain()
    assert await bo.home() == ["<p>After</p>", "<p>Before</p>"]
    assert await post_like(bo.node, ada, old) == 401
    new = await ada.node.services.signer.signing_key(ada.actor_id)
    assert await post_like(bo.node, ada, new) == 202
    assert asked.count(f"{ada.node.origin}/users/ada#main-key") == 1


async def test_what_was_queued_before_a_rotation_arrives_signed_by_the_new_key(
    friends: tuple[Member, Member],
) -> None:
    ada, bo = friends
    for text in ("One", "Two", "Three"):
        await write(ada, text)

    await rotate(ada)
    await write(ada, "Four")
    await ada.node.drain()

    assert await bo.home() == [
        f"<p>{text}</p>" for text in ("Four", "Three", "Two", "One", "Before")
    ]
    assert await ada.node.pool.fetchval("SELECT count(*) FROM dead_letters") == 0


async def test_followers_are_told_if_and_only_if_the_keys_change(
    friends: tuple[Member, Member],
) -> None:
    ada, _ = friends
    pair = await generate_keys()
    with pytest.raises(RuntimeError, match="too late"):
        async with transaction(ada.node.pool) as tx:
            actor = await get_actor(tx, ada.actor_id)
            box = ada.node.services.box
            await rotate_keys(tx, actor, box=box, keys=pair, now=datetime.now(UTC))
            raise RuntimeError("too late")
    assert await waiting(ada.node) == 0
    await rotate(ada)
    assert await waiting(ada.node) == 1


async def test_the_node_actor_gets_new_keys_and_goes_on_fetching(
    friends: tuple[Member, Member], start_node: StartNode
) -> None:
    _, bo = friends
    await bo.node.services.signer.node_key()
    node_actor = await find_node_actor(bo.node.pool, bo.node.services.uris)
    assert node_actor is not None

    await rotate(Member(bo.node, bo.account_id, node_actor.id))

    assert await waiting(bo.node) == 0
    cleo = await given_member_of(await start_node(), "cleo")
    await follows(bo, cleo)
    assert await cleo.told() == ["follow_request"]


async def rotate(member: Member) -> None:
    services = member.node.services
    pair = await generate_keys()
    async with transaction(services.pool) as tx:
        actor = await get_actor(tx, member.actor_id)
        await rotate_keys(tx, actor, box=services.box, keys=pair, now=datetime.now(UTC))
    services.signer.forget(str(member.actor_id))  # what the notice does, without the wait
    services.verifier.forget(str(member.actor_id))


async def write(author: Member, text: str) -> None:
    """Publish, and deliver nothing yet."""
    async with transaction(author.node.pool) as tx:
        await posts.publish(
            tx,
            author.node.services.uris,
            await get_actor(tx, author.actor_id),
            Draft(text=text, visibility=Visibility.EVERYONE),
            mentioned={},
            now=datetime.now(UTC),
            on_published=place_own_post,
        )


async def deliver(node: RunningNode) -> None:
    """Work on this node alone."""
    while await node.work():
        pass


def watched(monkeypatch: pytest.MonkeyPatch) -> Sequence[str]:
    """The key ids that the doors of this test's nodes ask other servers for."""
    asked: list[str] = []
    store_owner = KeyFetcher.store_owner

    async def noted(self: KeyFetcher, key_id: KeyUri, now: datetime) -> None:
        asked.append(key_id)
        await store_owner(self, key_id, now)

    monkeypatch.setattr(KeyFetcher, "store_owner", noted)
    return asked


async def waiting(node: RunningNode) -> int:
    """What was promised and is not delivered."""
    return await node.pool.fetchval(
        "SELECT (SELECT count(*) FROM outgoing WHERE fanned_out_at IS NULL)"
        " + (SELECT count(*) FROM deliveries)"
    )


async def post_like(node: RunningNode, sender: Member, key: SigningKey) -> int:
    actor = await get_actor(sender.node.pool, sender.actor_id)
    like = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{sender.node.origin}/activities/{uuid4()}",
        "type": "Like",
        "actor": actor.uri,
        "object": f"{node.origin}/posts/1",
    }
    body = web.json_response(like).body
    assert isinstance(body, bytes)
    request = Outgoing("POST", f"{node.origin}/inbox", sha256_of(body))
    headers = sign_cavage(key, request, now=datetime.now(UTC))
    headers["Content-Type"] = "application/activity+json"
    async with node.http.post("/inbox", data=body, headers=headers) as answer:
        return answer.status
