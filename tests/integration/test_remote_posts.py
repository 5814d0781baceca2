"""Posts that we ask for ourselves: by address, with what they answer, and never too many."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.audiences.model import VISITOR, Visibility
from fedinet.db.pool import transaction
from fedinet.kernel.errors import Malformed, RemoteUnavailable
from fedinet.kernel.ids import PostId
from fedinet.posts import commands, store
from fedinet.posts.intake import FETCH_PARENT
from fedinet.posts.jobs import fetch_parent
from fedinet.posts.model import Draft, Post
from fedinet.posts.remote import MAX_ANCESTORS
from fedinet.queue.jobs import run_jobs_once
from fedinet.vocab.activity import PUBLIC
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import CONTEXT, ForeignServer, foreign_server
from tests.integration.nodes import RunningNode
from tests.integration.people import given_follow, given_member
from tests.integration.test_inbound_posts import receive


@dataclass
class Scene:
    node: RunningNode
    peer: ForeignServer
    author: str
    """URI of somebody on the other server."""

    def note(self, name: str, **changes: Any) -> str:
        """Serve a public post; return its id."""
        uri = f"{self.peer.origin}/notes/{name}"
        document = {
            "@context": CONTEXT,
            "id": uri,
            "type": "Note",
            "attributedTo": self.author,
            "content": f"<p>{name}</p>",
            "published": "2024-02-29T12:00:00Z",
            "to": [PUBLIC],
            "cc": [],
            **changes,
        }
        self.peer.serve(f"/notes/{name}", document)
        return uri

    async def find(self, address: str) -> PostId | None:
        return await self.node.services.posts.find(address)

    async def post(self, uri: str) -> Post:
        post = await store.find_visible_by_uri(self.node.pool, VISITOR, uri)  # pyright: ignore[reportArgumentType]
        assert post is not None
        return post

    async def count(self) -> int:
        return int(await self.node.pool.fetchval("SELECT count(*) FROM posts"))

    async def member(self, name: str) -> Actor:
        services = self.node.services
        async with transaction(self.node.pool) as tx:
            return await given_member(
                tx, name, uris=services.uris, domain=services.settings.account_domain
            )


@pytest.fixture
async def scene(start_node: StartNode) -> AsyncIterator[Scene]:
    node = await start_node()
    async with foreign_server() as peer:
        yield Scene(node, peer, peer.actor("bo"))


async def test_a_post_is_found_by_its_id_once(scene: Scene) -> None:
    uri = scene.note("hello")

    found = await scene.find(uri)

    assert found == await scene.find(uri) == (await scene.post(uri)).id
    assert scene.peer.count("/notes/hello") == 1


async def test_an_old_post_takes_its_place_in_time_and_is_not_announced(scene: Scene) -> None:
    old, older = scene.note("old"), scene.note("older", published="2020-01-01T00:00:00Z")

    first, second = await scene.find(old), await scene.find(older)

    assert first is not None and second is not None and second < first
    assert (await scene.post(old)).published_at == datetime(2024, 2, 29, 12, tzinfo=UTC)
    assert await scene.node.pool.fetchval("SELECT count(*) FROM signals") == 0


async def test_a_post_is_found_by_the_address_of_its_page(scene: Scene) -> None:
    uri = scene.note("hello")
    scene.peer.serve("/@bo/hello", {"@context": CONTEXT, "id": uri, "type": "Note"})

    assert await scene.find(f"{scene.peer.origin}/@bo/hello") == await scene.find(uri) is not None


async def test_our_own_addresses_are_looked_up_and_never_fetched(scene: Scene) -> None:
    ada = await scene.member("ada")
    async with transaction(scene.node.pool) as tx:
        post = await commands.publish(
            tx,
            scene.node.services.uris,
            ada,
            Draft(text="Mine", visibility=Visibility.COMMUNITY),
            mentioned={},
            now=datetime.now(UTC),
            on_published=_nothing,
        )

    assert await scene.find(post.uri) == await scene.find(post.page_url) == post.id
    for wrong in ("/posts/1", f"/@eve/{post.id}", "/about", "/posts/" + "9" * 30, "/posts/²"):
        assert await scene.find(f"{scene.node.origin}{wrong}") is None


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"to": ["https://x.example/followers"]}, id="not public"),
        pytest.param({"type": "Person"}, id="not a post"),
        pytest.param({"content": ""}, id="empty"),
        pytest.param({"attributedTo": "https://evil.example/users/x"}, id="foreign author"),
        pytest.param({"id": "https://evil.example/notes/1"}, id="foreign id"),
    ],
)
async def test_what_is_no_post_for_us_is_not_found(scene: Scene, changes: dict[str, Any]) -> None:
    assert await scene.find(scene.note("odd", **changes)) is None
    assert await scene.count() == 0


async def test_a_post_that_is_gone_or_of_somebody_suspended_is_not_found(scene: Scene) -> None:
    assert await scene.find(f"{scene.peer.origin}/notes/none") is None
    await scene.find(scene.note("one"))
    await scene.node.pool.execute("UPDATE actors SET suspended_at = now() WHERE NOT is_local")

    assert await scene.find(scene.note("two")) is None


async def test_a_deleted_post_is_not_brought_back(scene: Scene) -> None:
    uri = scene.note("hello")
    await scene.node.pool.execute(
        "INSERT INTO tombstones (uri, actor_uri) VALUES ($1, $2)", uri, scene.author
    )

    assert await scene.find(uri) is None


async def test_a_server_in_trouble_is_said_to_be_and_not_remembered(scene: Scene) -> None:
    scene.peer.serve("/notes/later", {}, status=503)
    with pytest.raises(RemoteUnavailable):
        await scene.find(f"{scene.peer.origin}/notes/later")

    assert await scene.find(scene.note("later")) is not None


async def test_a_post_comes_with_what_it_answers(scene: Scene) -> None:
    root = scene.note("root")
    middle = scene.note("middle", inReplyTo=root)
    leaf = scene.note("leaf", inReplyTo=middle)

    found = await scene.find(leaf)

    assert found is not None
    post = await scene.post(leaf)
    assert post.root_id == (await scene.post(root)).id
    async with scene.node.pool.acquire() as conn:
        ancestors = await store.list_ancestors(conn, VISITOR, post.id)
    assert [p.uri for p in ancestors] == [root, middle]
    assert (await scene.post(root)).replies_count == 1


async def test_an_endless_thread_is_left_at_some_point(scene: Scene) -> None:
    for number in range(40):
        scene.note(str(number), inReplyTo=f"{scene.peer.origin}/notes/{number + 1}")

    await scene.find(f"{scene.peer.origin}/notes/0")
    await run(scene)

    assert await scene.count() == MAX_ANCESTORS + 1


async def test_two_posts_that_answer_each_other_end_the_search(scene: Scene) -> None:
    there = f"{scene.peer.origin}/notes/there"
    here = scene.note("here", inReplyTo=there)
    scene.note("there", inReplyTo=here)

    assert await scene.find(here) is not None
    assert await scene.count() == 2


async def test_a_broken_ancestor_does_not_hide_the_post(scene: Scene) -> None:
    scene.peer.serve("/notes/broken", b"{", content_type="application/activity+json")

    assert (
        await scene.find(scene.note("leaf", inReplyTo=f"{scene.peer.origin}/notes/broken"))
        is not None
    )


async def test_an_answer_to_an_unknown_post_gets_its_thread_in_the_background(
    scene: Scene,
) -> None:
    ada = await scene.member("ada")
    root = scene.note("root")
    bo = await scene.node.services.actors.get(scene.author)
    answer = f"{scene.peer.origin}/notes/answer"
    async with transaction(scene.node.pool) as tx:
        await given_follow(tx, ada, bo)
        await receive(
            tx,
            bo,
            "Create",
            {
                "id": answer,
                "type": "Note",
                "attributedTo": bo.uri,
                "content": "Yes",
                "to": [PUBLIC],
                "inReplyTo": root,
            },
        )

    await run(scene)

    post, parent = await scene.post(answer), await scene.post(root)
    assert (post.parent_id, post.root_id) == (parent.id, parent.id)
    assert parent.replies_count == 1
    assert await scene.node.pool.fetchval("SELECT count(*) FROM jobs") == 0


async def test_a_parent_that_came_meanwhile_is_not_fetched_again(scene: Scene) -> None:
    root = scene.note("root")
    await scene.find(root)

    await fetch_parent(scene.node.services.posts, {"uri": root})

    assert scene.peer.count("/notes/root") == 1


async def test_a_parent_whose_server_is_down_is_asked_for_again_later(scene: Scene) -> None:
    async def refuse(_: web.Request) -> web.StreamResponse:
        return web.Response(status=503)

    scene.peer.answers["/notes/root"] = refuse
    with pytest.raises(RemoteUnavailable):
        await fetch_parent(scene.node.services.posts, {"uri": f"{scene.peer.origin}/notes/root"})
    with pytest.raises(Malformed):
        await fetch_parent(scene.node.services.posts, {})


async def run(scene: Scene) -> None:
    jobs = {FETCH_PARENT: lambda _pool, payload: fetch_parent(scene.node.services.posts, payload)}  # pyright: ignore[reportUnknownLambdaType]
    for _ in range(5):
        await run_jobs_once(scene.node.pool, jobs)


async def _nothing(_tx: object, _post: Post) -> None:
    """No home rows here."""
