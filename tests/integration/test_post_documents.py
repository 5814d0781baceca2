"""Posts through HTTP, as other servers ask for them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.kernel.ids import KeyUri
from fedinet.posts import changing, commands, local_store
from fedinet.posts.model import Change, Draft, Post
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.keys import SigningKey
from fedinet.signing.message import Outgoing
from fedinet.vocab.activity import PUBLIC
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ForeignServer, foreign_server, rsa_key
from tests.integration.nodes import RunningNode
from tests.integration.people import given_block, given_follow, given_member

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
AS2 = "application/activity+json"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
EVERYONE, QUIET, ALLIES, FOLLOWERS, COMMUNITY, MENTIONED = Visibility


@dataclass
class Scene:
    node: RunningNode
    peer: ForeignServer
    ada: Actor

    async def publish(
        self, text: str, visibility: Visibility = EVERYONE, *mentioned: Actor
    ) -> Post:
        async with transaction(self.node.pool) as tx:
            return await commands.publish(
                tx,
                self.node.services.uris,
                self.ada,
                Draft(text=text, visibility=visibility),
                mentioned={actor.handle: actor for actor in mentioned},
                now=NOW,
                on_published=_nothing,
            )

    async def get(
        self, path: str, *, accept: str = AS2, signed_by: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Accept": accept}
        if signed_by is not None:
            key = SigningKey(KeyUri(f"{signed_by}#main-key"), rsa_key())
            url = f"{self.node.origin}{path}"
            headers |= sign_cavage(key, Outgoing("GET", url), now=datetime.now(UTC))
        async with self.node.http.get(path, headers=headers, allow_redirects=False) as answer:
            if answer.status in (200, 410) and "json" in answer.content_type:
                return answer.status, await answer.json(content_type=None)
            return answer.status, dict(answer.headers)

    async def remote(self, name: str, **changes: object) -> Actor:
        return await self.node.services.actors.get(self.peer.actor(name, **changes))


@pytest.fixture
async def scene(start_node: StartNode) -> AsyncIterator[Scene]:
    node = await start_node()
    async with transaction(node.pool) as tx:
        ada = await given_member(
            tx, "ada", uris=node.services.uris, domain=node.services.settings.account_domain
        )
    async with foreign_server() as peer:
        yield Scene(node, peer, ada)


async def test_a_post_is_served_at_its_exact_id(scene: Scene) -> None:
    post = await scene.publish("Hello #Bread")

    async with scene.node.http.get(f"/posts/{post.id}", headers={"Accept": AS2}) as answer:
        document = await answer.json(content_type=AS2)

    assert answer.status == 200
    assert document["id"] == post.uri == str(answer.url)
    assert document["content"] == post.html
    assert "Signature" in answer.headers["Vary"] and "Accept" in answer.headers["Vary"]


async def test_people_are_led_to_the_page(scene: Scene) -> None:
    post = await scene.publish("Hello")

    status, headers = await scene.get(f"/posts/{post.id}", accept=BROWSER)

    assert (status, headers["Location"]) == (303, post.page_url)


@pytest.mark.parametrize("visibility", list(Visibility))
async def test_each_document_is_for_those_in_its_audience(
    scene: Scene, visibility: Visibility
) -> None:
    bo, cy, eve = [await scene.remote(name) for name in ("bo", "cy", "eve")]
    async with transaction(scene.node.pool) as tx:
        await given_follow(tx, bo, scene.ada)
        await given_block(tx, scene.ada, eve)
    post = await scene.publish(f"@{cy.handle} hello", visibility, cy)
    path = f"/posts/{post.id}"

    seen = {
        "visitor": (await scene.get(path))[0],
        "follower": (await scene.get(path, signed_by=bo.uri))[0],
        "mentioned": (await scene.get(path, signed_by=cy.uri))[0],
        "blocked": (await scene.get(path, signed_by=eve.uri))[0],
    }

    public = visibility in (EVERYONE, QUIET)
    assert seen == {
        "visitor": 200 if public else 404,
        "follower": 200 if public or visibility is FOLLOWERS else 404,
        "mentioned": 200 if public or visibility is MENTIONED else 404,
        "blocked": 404,
    }


async def test_a_servers_own_actor_sees_what_a_visitor_sees(scene: Scene) -> None:
    node_actor = await scene.remote("instance", type="Application")
    async with transaction(scene.node.pool) as tx:
        await given_follow(tx, node_actor, scene.ada)
    post = await scene.publish("Among friends", FOLLOWERS)

    assert (await scene.get(f"/posts/{post.id}", signed_by=node_actor.uri))[0] == 404


async def test_a_wrong_signature_is_refused_even_for_a_public_post(scene: Scene) -> None:
    bo = await scene.remote("bo")
    first, second = await scene.publish("One"), await scene.publish("Two")
    key = SigningKey(KeyUri(f"{bo.uri}#main-key"), rsa_key())
    headers = sign_cavage(key, Outgoing("GET", first.uri), now=datetime.now(UTC))

    async with scene.node.http.get(f"/posts/{second.id}", headers=headers) as answer:
        assert answer.status == 401


async def test_what_is_for_one_reader_is_kept_by_no_cache(scene: Scene) -> None:
    bo = await scene.remote("bo")
    post = await scene.publish(f"@{bo.handle} psst", MENTIONED, bo)
    key = SigningKey(KeyUri(f"{bo.uri}#main-key"), rsa_key())
    headers = {"Accept": AS2} | sign_cavage(key, Outgoing("GET", post.uri), now=datetime.now(UTC))

    async with scene.node.http.get(f"/posts/{post.id}", headers=headers) as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"


async def test_a_deleted_post_is_a_tombstone_where_everybody_could_see_it(scene: Scene) -> None:
    """Of any other nobody is told that it was there, not even who had it: it looks like none."""
    bo = await scene.remote("bo")
    never = await scene.get("/posts/1")
    for visibility in Visibility:
        post = await scene.publish(f"@{bo.handle} oops", visibility, bo)
        async with transaction(scene.node.pool) as tx:
            await commands.delete(tx, scene.ada, post.id)

        status, document = await scene.get(f"/posts/{post.id}")
        signed, _ = await scene.get(f"/posts/{post.id}", signed_by=bo.uri)
        page, _ = await scene.get(f"/posts/{post.id}", accept=BROWSER)
        shown, _ = await scene.get(f"/@ada/{post.id}", accept=BROWSER)
        led, headers = await scene.get(f"/@ada/{post.id}")

        if visibility in (EVERYONE, QUIET):
            assert (status, document["type"], document["id"]) == (410, "Tombstone", post.uri)
            assert (signed, page, shown) == (410, 410, 410)
            assert (led, headers["Location"]) == (303, post.uri)
        else:
            assert {status, signed, page, shown, led} == {never[0]} == {404}, visibility


@pytest.mark.parametrize(
    "path", ["/posts/1", "/posts/999999999999999999", "/posts/x", "/posts/1/replies", "/posts/-1"]
)
async def test_what_is_not_there_is_not_found(scene: Scene, path: str) -> None:
    assert (await scene.get(path))[0] == 404


async def test_posts_of_others_are_served_by_their_own_server_only(scene: Scene) -> None:
    post = await scene.publish("Hello")
    await scene.node.pool.execute("UPDATE posts SET is_local = false WHERE id = $1", post.id)

    assert (await scene.get(f"/posts/{post.id}"))[0] == 404


async def test_an_edited_post_says_when(scene: Scene) -> None:
    post = await scene.publish("Frist")
    async with transaction(scene.node.pool) as tx:
        await changing.edit(
            tx,
            scene.node.services.uris,
            scene.ada,
            post.id,
            Change(text="First"),
            mentioned={},
            now=NOW,
        )

    _, document = await scene.get(f"/posts/{post.id}")

    assert document["updated"] > document["published"]
    assert "First" in document["content"]


async def test_answers_of_everybody_are_listed_page_by_page(scene: Scene) -> None:
    bo = await scene.remote("bo")
    post = await scene.publish("Question?")
    async with transaction(scene.node.pool) as tx:
        uris = [await given_answer(tx, bo, post, EVERYONE) for _ in range(60)]
        await given_answer(tx, bo, post, FOLLOWERS)

    _, whole = await scene.get(f"/posts/{post.id}/replies")
    first = whole["first"]
    _, second = await scene.get(first["next"].removeprefix(scene.node.origin))

    assert (whole["id"], whole["type"]) == (f"{post.uri}/replies", "Collection")
    assert (first["type"], first["partOf"]) == ("CollectionPage", whole["id"])
    assert first["items"] + second["items"] == uris
    assert "next" not in second and second["id"] == first["next"]


async def test_a_conversation_is_one_collection_that_its_first_author_owns(scene: Scene) -> None:
    bo = await scene.remote("bo")
    post = await scene.publish("Question?")
    async with transaction(scene.node.pool) as tx:
        uris = [await given_answer(tx, bo, post, EVERYONE) for _ in range(150)]
        await given_answer(tx, bo, post, FOLLOWERS)

    _, note = await scene.get(f"/posts/{post.id}")
    _, context = await scene.get(note["context"].removeprefix(scene.node.origin))
    _, first = await scene.get(context["first"].removeprefix(scene.node.origin))
    _, second = await scene.get(first["next"].removeprefix(scene.node.origin))
    _, back = await scene.get(second["prev"].removeprefix(scene.node.origin))

    assert (context["id"], context["type"]) == (note["context"], "OrderedCollection")
    assert context["attributedTo"] == scene.ada.uri
    assert first["orderedItems"] + second["orderedItems"] == [*reversed(uris), post.uri]
    assert "next" not in second and "prev" not in first
    assert back["orderedItems"] == first["orderedItems"]


async def test_likes_and_shares_tell_nobody_their_number(scene: Scene) -> None:
    post = await scene.publish("Hello")
    await scene.node.pool.execute("UPDATE posts SET likes_count = 7, boosts_count = 8")

    for name in ("likes", "shares"):
        _, collection = await scene.get(f"/posts/{post.id}/{name}")
        assert collection["id"] == f"{post.uri}/{name}"
        assert "totalItems" not in collection


async def test_an_outbox_holds_what_the_asker_may_see_newest_first(scene: Scene) -> None:
    bo = await scene.remote("bo")
    async with transaction(scene.node.pool) as tx:
        await given_follow(tx, bo, scene.ada)
    for visibility in (EVERYONE, FOLLOWERS, COMMUNITY, MENTIONED, QUIET):
        await scene.publish(visibility, visibility)

    _, outbox = await scene.get("/users/ada/outbox")
    _, page = await scene.get("/users/ada/outbox?page=true")
    _, theirs = await scene.get("/users/ada/outbox?page=true", signed_by=bo.uri)

    assert outbox["totalItems"] == 2
    assert len(outbox["orderedItems"]) == len(page["orderedItems"])
    assert "first" not in outbox  # it fits on one page
    assert contents(page) == ["quiet", "everyone"]
    assert contents(theirs) == ["quiet", "followers", "everyone"]
    assert page["orderedItems"][0]["type"] == "Create"
    assert PUBLIC in page["orderedItems"][1]["to"]


async def test_an_outbox_is_walked_to_its_end(scene: Scene) -> None:
    for number in range(25):
        await scene.publish(f"number{number}")

    _, first = await scene.get("/users/ada/outbox?page=true")
    _, second = await scene.get(first["next"].removeprefix(scene.node.origin))

    texts = contents(first) + contents(second)
    assert texts == [f"number{number}" for number in reversed(range(25))]
    assert "next" not in second


@pytest.mark.parametrize(
    ("column", "status"), [("gone_at", 410), ("suspended_at", 404)], ids=["gone", "suspended"]
)
async def test_nobody_reads_the_outbox_of_who_is_away(
    scene: Scene, column: str, status: int
) -> None:
    post = await scene.publish("Hello")
    await scene.node.pool.execute(f"UPDATE actors SET {column} = now() WHERE username = 'ada'")  # noqa: S608  # two constants

    assert (await scene.get("/users/ada/outbox"))[0] == status
    assert (await scene.get(f"/posts/{post.id}"))[0] == 404
    assert (await scene.get("/users/nobody/outbox"))[0] == 404


def contents(page: dict[str, Any]) -> list[str]:
    items: list[dict[str, Any]] = page["orderedItems"]
    return [item["object"]["source"]["content"] for item in items]


async def given_answer(tx: Tx, author: Actor, post: Post, visibility: Visibility) -> str:
    post_id = await local_store.next_post_id(tx)
    uri = f"{author.uri}/notes/{post_id}"
    await tx.execute(
        """
        INSERT INTO posts (id, uri, page_url, author_id, is_local, visibility, html, root_id,
                           parent_id, parent_uri, published_at)
        VALUES ($1, $2, $2, $3, false, $4, '<p>x</p>', $5, $5, $6, now())
        """,
        post_id,
        uri,
        author.id,
        visibility,
        post.id,
        post.uri,
    )
    return uri


async def _nothing(_tx: Tx, _post: Post) -> None:
    """No home rows here."""
