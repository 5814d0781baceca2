"""Conversations made whole: what other servers have of them is looked for, within limits."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from fedinet.audiences.model import VISITOR
from fedinet.db.query import Tx
from fedinet.net.budget import Pace, Paced
from fedinet.posts import store
from fedinet.posts.model import Post
from fedinet.threads.commands import look_at
from fedinet.threads.model import ASKED, Limits
from fedinet.threads.store import find_thread
from fedinet.vocab.activity import PUBLIC
from tests.integration.apps import given_token
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import CONTEXT, ForeignServer, foreign_server
from tests.integration.inbox_peer import deliver, peer_actor
from tests.integration.members import cookie_of, given_member_of
from tests.integration.nodes import RunningNode
from tests.integration.people import given_member, given_remote
from tests.integration.social import deliver_note, publish

LONG_AGO = "2024-02-29T12:00:00Z"


@dataclass
class Scene:
    node: RunningNode
    bo: "Author"
    cy: "Author"

    async def visit(self, uri: str, limits: Limits = ASKED) -> int:
        """Fetch a post, forget that anybody looked, and look for the rest of its conversation."""
        post_id = await self.node.services.posts.find(uri)
        assert post_id is not None
        await self.node.pool.execute("DELETE FROM thread_visits WHERE post_id = $1", post_id)
        return await self.node.services.backfill.visit(post_id, limits)

    async def thread(self, uri: str) -> list[str]:
        """What everybody sees below a post here, by the ends of the ids, oldest first."""
        post = await self.post(uri)
        async with self.node.pool.acquire() as conn:
            below = await store.list_descendants(conn, VISITOR, post.id)
        return sorted(post.uri.rpartition("/")[2] for post in below)

    async def post(self, uri: str) -> Post:
        post = await store.find_visible_by_uri(self.node.pool, VISITOR, uri)  # pyright: ignore[reportArgumentType]
        assert post is not None
        return post

    async def is_whole(self, uri: str) -> bool:
        thread = await find_thread(self.node.pool, (await self.post(uri)).id)
        assert thread is not None
        return thread.is_whole


@dataclass
class Author:
    """Somebody on a server of their own."""

    server: ForeignServer
    uri: str

    def note(self, name: str, answering: str | None = None, **changes: Any) -> dict[str, Any]:
        document = {
            "@context": CONTEXT,
            "id": f"{self.server.origin}/notes/{name}",
            "type": "Note",
            "attributedTo": self.uri,
            "content": f"<p>{name}</p>",
            "published": LONG_AGO,
            "inReplyTo": answering,
            "to": [PUBLIC],
            "cc": [],
            **changes,
        }
        self.server.serve(f"/notes/{name}", document)
        return document

    def says(self, name: str, answering: str | None = None, **changes: Any) -> str:
        return str(self.note(name, answering, **changes)["id"])

    def at(self, path: str) -> str:
        return self.server.origin + path

    def lists(self, path: str, items: list[object], **more: object) -> str:
        """Serve a part of a collection."""
        kind = "CollectionPage" if "partOf" in more else "Collection"
        document = {"@context": CONTEXT, "id": self.at(path), "type": kind, **more, "items": items}
        return self.server.serve(path, document)


@pytest.fixture
async def scene(start_node: StartNode) -> AsyncIterator[Scene]:
    node = await start_node()
    async with foreign_server() as one, foreign_server() as other:
        yield Scene(node, Author(one, one.actor("bo")), Author(other, other.actor("cy")))


async def test_answers_are_found_along_collections_of_every_shape(scene: Scene) -> None:
    bo, cy = scene.bo, scene.cy
    root = bo.says("root", replies=bo.at("/replies"))
    embedded = bo.note("embedded", root, replies={
        "type": "Collection", "first": {"type": "CollectionPage", "items": [bo.at("/notes/deep")]},
    })  # fmt: skip
    bo.says("deep", bo.at("/notes/embedded"))
    linked = cy.says("linked", root, replies={"type": "OrderedCollection", "id": cy.at("/more"),
                                              "orderedItems": [cy.at("/notes/below")]})  # fmt: skip
    cy.says("below", linked)
    bo.lists("/replies", [], totalItems=-7, first=bo.at("/replies?page=1"))
    first = {"type": "CollectionPage", "items": [embedded, {"id": linked}],
             "next": bo.at("/replies?page=2")}  # fmt: skip
    bo.server.serve("/replies?page=1", {"@context": CONTEXT, **first})
    bo.lists("/replies?page=2", [linked, bo.says("last", root)], partOf=bo.at("/replies"))

    assert await scene.visit(root) == 5

    assert await scene.thread(root) == ["below", "deep", "embedded", "last", "linked"]
    assert bo.server.count("/notes/embedded") == 0
    assert (await scene.post(root)).replies_count == 3
    assert await scene.is_whole(root)
    for table in ("home", "notifications", "signals"):
        assert await scene.node.pool.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608


async def test_only_public_answers_of_this_very_conversation_are_kept(scene: Scene) -> None:
    bo, cy = scene.bo, scene.cy
    root = bo.says("root", replies=bo.at("/replies"))
    gap = cy.says("gap", root)
    forged = {**cy.note("forged", root), "content": "<p>not cy's words</p>"}
    bo.lists("/replies", [
        cy.says("over-the-gap", gap),
        cy.says("private", root, to=[f"{cy.uri}/followers"]),
        cy.says("elsewhere", cy.says("another-root")),
        cy.says("begins-one"),
        {**bo.note("no-author", root), "attributedTo": cy.uri},
        forged,
        bo.uri, cy.at("/notes/missing"), "javascript:alert(1)", 7, {"type": "Note"},
        f"{scene.node.origin}/posts/1",
        {"id": cy.at("/like"), "type": "Like", "actor": cy.uri, "object": root},
    ])  # fmt: skip
    cy.server.serve("/like", {"@context": CONTEXT, "id": cy.at("/like"), "type": "Like"})

    await scene.visit(root)

    assert await scene.thread(root) == ["forged", "gap", "over-the-gap"]
    assert "not cy" not in (await scene.post(cy.at("/notes/forged"))).html
    assert await scene.node.pool.fetchval("SELECT count(*) FROM posts") == 4


async def test_a_whole_conversation_is_read_from_its_context(scene: Scene) -> None:
    bo, cy = scene.bo, scene.cy
    root = bo.says("root", context=bo.at("/context"))
    one = cy.says("one", root)
    two = cy.says("two", one)
    listed = {
        "type": "OrderedCollection",
        "id": bo.at("/context"),
        "orderedItems": [two, root, one],
    }
    bo.server.serve("/context", {"@context": CONTEXT, **listed, "attributedTo": bo.uri})
    history = cy.says("history", contextHistory=cy.at("/history"))
    brought = cy.note("brought", history)
    activity = {"type": "Create", "actor": cy.uri, "object": brought}
    cy.server.serve("/create", {"@context": CONTEXT, "id": cy.at("/create"), **activity,
                                "to": [PUBLIC], "object": cy.says("by-id", history)})  # fmt: skip
    cy.lists("/history", [activity, cy.at("/create"), {"type": "Create", "actor": bo.uri,
             "object": bo.says("linked", history)}])  # fmt: skip
    foreign = cy.says("foreign", context=bo.at("/context"))

    assert [await scene.visit(uri) for uri in (root, history, foreign)] == [2, 3, 0]

    assert await scene.thread(root) == ["one", "two"]
    assert await scene.thread(history) == ["brought", "by-id", "linked"]
    assert bo.server.count("/context") == 1


async def test_an_answer_leads_to_the_conversation_of_the_one_who_began_it(scene: Scene) -> None:
    bo, cy = scene.bo, scene.cy
    root = bo.says("root")
    answer = cy.says("answer", root, context=bo.at("/context"))
    bo.lists("/context", [bo.says("other", root)])

    assert await scene.visit(answer) == 1
    assert (await scene.post(answer)).context == bo.at("/context")


async def test_no_collection_goes_on_for_ever(scene: Scene) -> None:
    bo, cy = scene.bo, scene.cy

    async def endless(request: web.Request) -> web.StreamResponse:
        number = int(request.query.get("page", "0"))
        page = {"@context": CONTEXT, "type": "CollectionPage", "items": [],
                "next": bo.at(f"/endless?page={number + 1}")}  # fmt: skip
        return web.json_response(page, content_type="application/activity+json")

    bo.server.answers["/endless"] = endless
    circle = bo.at("/circle?page=1")
    bo.lists("/circle", [], first=circle)
    bo.lists("/circle?page=1", [bo.at("/notes/a")], partOf=bo.at("/circle"), next=circle)
    bo.lists("/away", [], first=cy.lists("/elsewhere", [cy.at("/notes/b")]))
    roots = [bo.says(f"root-{name}", replies=bo.at(f"/{name}")) for name in ("endless", "circle")]
    roots.append(bo.says("root-away", replies=bo.at("/away")))
    roots.append(bo.says("root-lent", replies=cy.at("/elsewhere")))
    bo.says("a", roots[1])
    cy.says("b", roots[2])
    limits = replace(ASKED, pages=7)

    assert [await scene.visit(root, limits) for root in roots] == [0, 1, 0, 0]

    assert bo.server.count("/endless") == limits.pages
    assert cy.server.count("/elsewhere") == 0
    assert [await scene.is_whole(root) for root in roots] == [False, True, True, True]


async def test_posts_that_answer_each_other_in_a_circle_are_left_out(scene: Scene) -> None:
    bo = scene.bo
    root = bo.says("root", replies=bo.at("/replies"))
    here, there = bo.at("/notes/here"), bo.at("/notes/there")
    bo.says("here", there)
    bo.says("there", here)
    bo.says("itself", bo.at("/notes/itself"))
    loop = {"type": "Collection", "items": [root, bo.at("/notes/good")]}
    bo.lists("/replies", [here, bo.at("/notes/itself"), bo.says("good", root, replies=loop)])

    assert await scene.visit(root) == 1
    assert await scene.thread(root) == ["good"]


async def test_ten_thousand_answers_cost_no_more_than_one_visit_may(scene: Scene) -> None:
    bo = scene.bo
    root = bo.says("root", replies=bo.at("/replies"))

    async def answer(request: web.Request) -> web.StreamResponse:
        note = bo.note(request.path.rpartition("/")[2], root)
        return web.json_response(note, content_type="application/activity+json")

    items: list[object] = [bo.at(f"/notes/{number}") for number in range(10_000)]
    for number in range(10_000):
        bo.server.answers[f"/notes/{number}"] = answer
    bo.lists("/replies", items, totalItems=3)
    limits = replace(ASKED, requests=30)

    came = await scene.visit(root, limits)

    assert 0 < came < 30 and len(bo.server.asked) < 40
    assert not await scene.is_whole(root)
    again = await scene.visit(root, limits)
    assert again > 0 and len(await scene.thread(root)) == came + again
    assert await scene.visit(root, replace(ASKED, posts=5)) <= 5 + ASKED.at_once
    assert await scene.visit(root, replace(ASKED, per_domain=10)) < 10


async def test_a_chain_is_left_at_some_depth_and_a_slow_server_in_time(scene: Scene) -> None:
    bo, cy = scene.bo, scene.cy
    root = bo.says("0", replies={"type": "Collection", "items": [bo.at("/notes/1")]})
    for number in range(1, 30):
        below = {"type": "Collection", "items": [bo.at(f"/notes/{number + 1}")]}
        bo.says(str(number), bo.at(f"/notes/{number - 1}"), replies=below)

    assert await scene.visit(root, replace(ASKED, depth=10)) == 10

    async def down(_: web.Request) -> web.StreamResponse:
        return web.Response(status=503)

    silent: list[object] = [cy.at(f"/notes/{number}") for number in range(40)]
    cy.server.answers |= {f"/notes/{number}": down for number in range(40)}
    other = bo.says("other", replies=bo.lists("/silent", silent))
    assert await scene.visit(other) == 0
    assert sum(cy.server.count(f"/notes/{number}") for number in range(40)) <= ASKED.at_once
    assert not await scene.is_whole(other)


async def test_what_was_fetched_is_corrected_and_deleted_with_its_original(scene: Scene) -> None:
    bo, cy = scene.bo, scene.cy
    root = bo.says("root", replies=bo.at("/replies"))
    names = ("kept", "edited", "gone", "buried", "hidden")
    bo.lists("/replies", [cy.says(name, root) for name in names])
    assert await scene.visit(root) == 5

    cy.says("edited", root, content="<p>better</p>", updated="2024-03-01T00:00:00Z")
    cy.server.serve("/notes/gone", {}, status=410)
    grave = {"@context": CONTEXT, "id": cy.at("/notes/buried"), "type": "Tombstone"}
    cy.server.serve("/notes/buried", grave)
    cy.server.serve("/notes/hidden", {}, status=404)
    await scene.node.pool.execute("DELETE FROM thread_visits")
    assert await scene.visit(root) == 0

    assert await scene.thread(root) == ["edited", "hidden", "kept"]
    assert "better" in (await scene.post(cy.at("/notes/edited"))).html
    assert (await scene.post(root)).replies_count == 3
    await scene.node.pool.execute("DELETE FROM thread_visits")
    assert await scene.visit(root) == 0


async def test_conversations_are_asked_for_now_and_then_and_only_public_ones(scene: Scene) -> None:
    bo, pool = scene.bo, scene.node.pool
    root = bo.says("root", replies=bo.at("/replies"))
    bo.lists("/replies", [bo.says("one", root)])
    post_id = await scene.node.services.posts.find(root)
    assert post_id is not None
    now = datetime.now(UTC)

    async def looks() -> int:
        await look_at(pool, post_id, await find_thread(pool, post_id))
        await scene.node.drain()
        return bo.server.count("/replies")

    await pool.execute("UPDATE posts SET published_at = $1", now - timedelta(minutes=4))
    assert await looks() == 0
    await pool.execute("UPDATE posts SET published_at = $1", now - timedelta(minutes=6))
    assert await looks() == 1
    await pool.execute("UPDATE thread_visits SET asked_at = asked_at - interval '14 minutes'")
    assert await looks() == 1
    await pool.execute("UPDATE thread_visits SET asked_at = asked_at - interval '2 minutes'")
    assert await looks() == 2
    await pool.execute("DELETE FROM thread_visits")
    await pool.execute("UPDATE posts SET visibility = 'followers'")
    assert await looks() == 2
    assert await scene.node.services.backfill.visit(post_id, ASKED) == 0


async def test_a_letter_tells_nobody_that_a_conversation_has_answers(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await publish(tx, ada)
    for number, (to, is_told) in enumerate((([ada.uri], False), ([PUBLIC], True)), 1):
        await deliver_note(tx, bo, number, to=to, in_reply_to=post.uri, mentions=[ada])
        thread = await find_thread(tx, post.id)
        assert thread is not None and thread.has_others is is_told


async def test_an_answer_that_comes_by_itself_brings_the_others_a_little_later(
    scene: Scene,
) -> None:
    bo = scene.bo
    cy = peer_actor(scene.cy.server, "cy")
    root = bo.says("root", replies=bo.at("/replies"))
    bo.lists("/replies", [bo.says("other", root)])
    ada = await given_member_of(scene.node, "ada")
    note = scene.cy.note("came", root, cc=[f"{scene.node.origin}/users/ada"])
    create = {"id": scene.cy.at("/create"), "type": "Create", "actor": cy.uri, "object": note}

    assert (await deliver(scene.node, cy, create)).status == 202
    await scene.node.drain()
    assert await scene.thread(root) == ["came"] and bo.server.count("/replies") == 0
    await scene.node.pool.execute("UPDATE jobs SET due_at = now()")
    await scene.node.drain()

    assert await scene.thread(root) == ["came", "other"]
    assert len(await ada.told()) == 0


async def test_one_owner_of_names_is_asked_at_one_pace_whatever_the_cause(scene: Scene) -> None:
    posts = scene.node.services.posts
    posts.pace = Pace(burst=5, refill_per_s=0.0)
    for number in range(20):
        with suppress(Paced):
            await posts.find(scene.bo.says(f"root-{number}"))
    assert len(scene.bo.server.asked) <= 7  # five, and the WebFinger of their one author
    assert await posts.find(scene.cy.says("elsewhere")) is not None


async def test_a_member_sees_that_answers_are_looked_for_and_what_came(scene: Scene) -> None:
    bo = scene.bo
    root = bo.says("root", replies=bo.at("/replies"))
    bo.lists("/replies", [bo.says(f"answer-{number}", root) for number in range(3)])
    found = await scene.node.services.posts.find(root)
    ada = await given_member_of(scene.node, "ada")
    page = f"/@bo@{bo.server.domain}/{found}"

    assert "may be missing here" in await read(scene.node, page, {})
    cookie = await cookie_of(ada)
    assert "We are asking other servers" in await read(scene.node, page, cookie)
    await scene.node.drain()
    shown = await read(scene.node, page, cookie)

    assert "answer-2" in shown and "keep to themselves" in shown


async def test_a_conversation_of_two_thousand_posts_is_read_page_by_page(scene: Scene) -> None:
    root = scene.bo.says("root")
    found = await scene.node.services.posts.find(root)
    author = (await scene.post(root)).author_id
    await scene.node.pool.execute(
        """
        INSERT INTO posts (id, uri, page_url, author_id, is_local, visibility, html, root_id,
                           parent_id, parent_uri, published_at)
        SELECT $1::bigint + n, 'https://x.example/' || n, '', $2, false, 'everyone',
               'said ' || n || '.', $1, $1 + (CASE WHEN n % 2 = 0 THEN n - 1 ELSE 0 END),
               'https://x.example/0', now()
          FROM generate_series(1, 2000) AS n
        """,
        found,
        author,
    )
    ada = await given_member_of(scene.node, "ada")
    page = f"/@bo@{scene.bo.server.domain}/{found}"
    said: list[int] = []
    while page:
        shown = await read(scene.node, page, {})
        said += [int(number) for number in re.findall(r"said (\d+)\.", shown)]
        onward = re.search(r'rel="next" href="([^"]+)"', shown)
        page = "" if onward is None else onward[1]
    assert sorted(said) == list(range(1, 2001))

    token = await given_token(scene.node, ada.account_id, "read")
    path = f"/api/v1/statuses/{found}/context"
    for headers, most in (({}, 60), ({"Authorization": f"Bearer {token}"}, 2000)):
        async with scene.node.http.get(path, headers=headers) as answer:
            assert len((await answer.json())["descendants"]) == most


async def read(node: RunningNode, path: str, headers: Mapping[str, str]) -> str:
    async with node.http.get(path, headers={"Accept": "text/html", **headers}) as answer:
        assert answer.status == 200
        return await answer.text()
