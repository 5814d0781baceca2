"""Our node and a Fedify server, in both directions, over real HTTP."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from fedinet.accounts.commands import rotate_keys
from fedinet.actors.keys import generate_keys
from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.audiences.model import Viewer, Visibility
from fedinet.db.pool import transaction
from fedinet.follows import commands as follows
from fedinet.posts import changing
from fedinet.posts import commands as posts
from fedinet.posts.model import Change, Draft, Post
from fedinet.posts.store import get_visible
from fedinet.reactions import commands as reactions
from fedinet.timelines.commands import place_own_post
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.interop.fedify_peer import FedifyPeer

pytestmark = pytest.mark.interop
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
Start = Callable[..., Awaitable[RunningNode]]


async def test_it_follows_us_and_reads_a_post_an_edit_and_a_delete(
    fedify: FedifyPeer, start_node: Start
) -> None:
    node = await start_node()
    ada = await given_member(node, "ada", approves_followers=False)
    await given_follower(fedify, node, ada)

    post = await publish(node, ada, "Good morning, *neighbours*")
    await node.drain()
    created = await fedify.wait_for(is_a("Create"))
    assert created["object"]["content"] == "<p>Good morning, <em>neighbours</em></p>"
    assert created["object"]["id"] == post.uri

    async with transaction(node.pool) as tx:
        await changing.edit(
            tx,
            node.services.uris,
            ada,
            post.id,
            Change(text="Good evening"),
            mentioned={},
            now=datetime.now(UTC),
        )
    await node.drain()
    updated = await fedify.wait_for(is_a("Update"))
    assert updated["object"]["content"] == "<p>Good evening</p>"

    async with transaction(node.pool) as tx:
        await posts.delete(tx, ada, post.id)
    await node.drain()
    deleted = await fedify.wait_for(is_a("Delete"))
    assert deleted["object"]["id"] == post.uri

    article = await publish(node, ada, "Bread is patient.", title="On bread & <patience>")
    await node.drain()
    read = await fedify.wait_for(
        lambda one: is_a("Create")(one) and one["object"]["id"] == article.uri
    )
    assert (read["object"]["type"], read["object"]["name"]) == ("Article", article.about.title)
    assert read["object"]["summary"] == "Bread is patient."
    assert read["object"]["preview"]["type"] == "Note"


async def test_it_goes_on_reading_a_member_whose_keys_were_replaced(
    fedify: FedifyPeer, start_node: Start
) -> None:
    node = await start_node()
    ada = await given_member(node, "ada", approves_followers=False)
    await given_follower(fedify, node, ada)
    await publish(node, ada, "With the old key")
    await node.drain()
    await fedify.wait_for(is_a("Create"))

    keys = await generate_keys()
    async with transaction(node.pool) as tx:
        await rotate_keys(tx, ada, box=node.services.box, keys=keys, now=datetime.now(UTC))
    node.services.signer.forget(str(ada.id))
    post = await publish(node, ada, "With the new key")
    await node.drain()

    await fedify.wait_for(lambda one: one["type"] == "Update" and one["object"]["id"] == ada.uri)
    await fedify.wait_for(lambda one: is_a("Create")(one) and one["object"]["id"] == post.uri)


async def test_it_may_fetch_what_is_public_and_nothing_else(
    fedify: FedifyPeer, start_node: Start
) -> None:
    node = await start_node()
    ada = await given_member(node, "ada")
    public = await publish(node, ada, "For everyone")
    inside = await publish(node, ada, "For us", visibility=Visibility.COMMUNITY)

    fetched = await fedify.fetch("mira", public.uri)
    refused = await fedify.fetch("mira", inside.uri)

    assert fetched["ok"], fetched
    assert fetched["document"]["content"] == "<p>For everyone</p>"
    assert not refused["ok"]


async def test_its_reply_like_and_boost_arrive_and_can_be_taken_back(
    fedify: FedifyPeer, start_node: Start
) -> None:
    node = await start_node()
    ada = await given_member(node, "ada", approves_followers=False)
    await given_follower(fedify, node, ada)
    post = await publish(node, ada, "What do you think?")
    await node.drain()
    mira = fedify.actor("mira")

    note = {
        "id": f"{fedify.origin}/notes/{uuid4()}",
        "type": "Note",
        "attributedTo": mira,
        "inReplyTo": post.uri,
        "content": "<p>I like it</p><script>alert(1)</script>",
        "to": PUBLIC,
        "cc": ada.uri,
        "tag": [{"type": "Mention", "href": ada.uri, "name": f"@ada@{node.domain}"}],
        "published": now(),
    }
    create = activity(fedify, "Create", note, to=PUBLIC, cc=ada.uri)
    like = activity(fedify, "Like", post.uri)
    boost = activity(fedify, "Announce", post.uri, to=PUBLIC, cc=ada.uri, published=now())
    for sent in (create, like, boost):
        await fedify.send("mira", ada.uri, sent)
        await node.drain()

    assert await counts(node, post) == (1, 1, 1)
    reply = await node.pool.fetchrow("SELECT html, parent_id FROM posts WHERE uri = $1", note["id"])
    assert reply is not None
    assert (reply["html"], reply["parent_id"]) == ("<p>I like it</p>", post.id)
    async with node.http.get(f"/@ada/{post.id}") as page:
        assert "<p>I like it</p>" in await page.text()

    for undone in (like, boost):
        undo = activity(fedify, "Undo", undone, to=ada.uri)
        await fedify.send("mira", ada.uri, undo)
    deletion = activity(fedify, "Delete", {"id": note["id"], "type": "Tombstone"}, to=PUBLIC)
    await fedify.send("mira", ada.uri, deletion)
    await node.drain()
    assert await counts(node, post) == (0, 0, 0)


async def test_we_follow_it_reply_undo_and_delete(fedify: FedifyPeer, start_node: Start) -> None:
    node = await start_node()
    ada = await given_member(node, "ada")
    mira = await node.services.actors.get(fedify.actor("mira"))

    async with transaction(node.pool) as tx:
        await follows.follow(tx, ada, mira, now=datetime.now(UTC))
    await node.drain()
    await fedify.wait_for(is_a("Follow"))
    await eventually(node, "SELECT state = 'accepted' FROM follows WHERE follower_id = $1", ada.id)
    assert await fedify.followers("mira") == [ada.uri]

    note = {
        "id": f"{fedify.origin}/notes/{uuid4()}",
        "type": "Note",
        "attributedTo": mira.uri,
        "content": "<p>Hello from here</p>",
        "to": PUBLIC,
        "cc": f"{mira.uri}/followers",
        "published": now(),
    }
    await fedify.send("mira", "followers", activity(fedify, "Create", note, to=PUBLIC), shared=True)
    await node.drain()
    theirs = await node.pool.fetchval("SELECT id FROM posts WHERE uri = $1", note["id"])
    assert theirs is not None
    assert await node.pool.fetchval("SELECT count(*) FROM home WHERE owner_id = $1", ada.id) == 1

    reply = await publish(node, ada, "Welcome", parent_id=theirs)
    async with transaction(node.pool) as tx:
        await reactions.like(tx, ada, theirs)
        await reactions.boost(tx, ada, theirs, now=datetime.now(UTC))
    await node.drain()
    received = await fedify.wait_for(is_a("Create"))
    assert received["object"]["inReplyTo"] == note["id"]
    await fedify.wait_for(is_a("Like"))
    await fedify.wait_for(is_a("Announce"))

    async with transaction(node.pool) as tx:
        await posts.delete(tx, ada, reply.id)
        await reactions.unlike(tx, ada, theirs)
        await follows.unfollow(tx, ada, mira)
    await node.drain()
    await fedify.wait_for(is_a("Delete"))
    await fedify.wait_for(lambda one: one["type"] == "Undo" and undone_type(one) == "Like")
    await fedify.wait_for(lambda one: one["type"] == "Undo" and undone_type(one) == "Follow")
    assert await fedify.followers("mira") == []


async def given_member(node: RunningNode, name: str, *, approves_followers: bool = True) -> Actor:
    _, actor_id = await given_account(node, name)
    await node.pool.execute(
        "UPDATE actors SET approves_followers = $2 WHERE id = $1", actor_id, approves_followers
    )
    return await get_actor(node.pool, actor_id)


async def given_follower(fedify: FedifyPeer, node: RunningNode, target: Actor) -> None:
    follow = activity(fedify, "Follow", target.uri)
    await fedify.send("mira", target.uri, follow)
    await node.drain()
    await fedify.wait_for(is_a("Accept"))


async def publish(
    node: RunningNode,
    author: Actor,
    text: str,
    *,
    visibility: Visibility = Visibility.EVERYONE,
    parent_id: Any = None,
    title: str | None = None,
) -> Post:
    async with transaction(node.pool) as tx:
        post = await posts.publish(
            tx,
            node.services.uris,
            author,
            Draft(text=text, visibility=visibility, parent_id=parent_id, title=title),
            mentioned={},
            now=datetime.now(UTC),
            on_published=place_own_post,
        )
    return await get_visible(node.pool, Viewer(author.id, is_member=True), post.id)


def activity(fedify: FedifyPeer, kind: str, of: object, **fields: object) -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{fedify.origin}/activities/{uuid4()}",
        "type": kind,
        "actor": fedify.actor("mira"),
        "object": of,
        **fields,
    }


def is_a(kind: str) -> Callable[[dict[str, Any]], bool]:
    return lambda received: received["type"] == kind


def undone_type(undo: dict[str, Any]) -> str:
    return undo["object"]["type"] if isinstance(undo["object"], dict) else "?"


async def counts(node: RunningNode, post: Post) -> tuple[int, int, int]:
    row = await node.pool.fetchrow(
        "SELECT replies_count, likes_count, boosts_count FROM posts WHERE id = $1", post.id
    )
    assert row is not None
    return (row["replies_count"], row["likes_count"], row["boosts_count"])


async def eventually(node: RunningNode, question: str, *arguments: object) -> None:
    """Work until the database says yes: the peer answers in its own time."""
    for _ in range(200):
        await node.drain()
        if await node.pool.fetchval(question, *arguments):
            return
    raise AssertionError(f"never true: {question}")


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
