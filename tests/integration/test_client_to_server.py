"""ActivityPub, client to server, as a suite from outside asks for it: section 6."""

import gzip
from typing import Any

from tests.integration.activity_client import (
    AS2,
    LD_JSON,
    PUBLIC,
    Client,
    Elsewhere,
    given_client,
)
from tests.integration.apps import App
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ACTIVITY_JSON, foreign_server


def note(**properties: Any) -> dict[str, Any]:
    return {"type": "Note", "content": "<p>Bread is ready</p>", "to": [PUBLIC], **properties}


async def test_a_client_writes_and_everybody_addressed_hears_of_it(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_client(node, "ada"), await given_client(node, "bob")
    async with foreign_server() as server:
        there = Elsewhere(server)
        eve, mal, kim, zoe = (there.person(name) for name in ("eve", "mal", "kim", "zoe"))
        given = note(
            id="https://evil.example/1",
            cc=[eve.uri, eve.uri, ada.uri],
            bto=[mal.uri],
            bcc=kim.uri,
            audience=[zoe.uri],
            summary="Warm",
            source={"content": "Bread is *ready*", "mediaType": "text/markdown"},
            **{"ex:oven": {"degrees": 230}, "name": "Loaf"},
            content='<p>Bread <script>alert(1)</script><b onclick="x()">is</b> ready</p>',
        )
        uri, create = await ada.makes(given)
        await node.drain()

        made = create["object"]
        assert create["type"] == "Create"
        assert create["actor"] == made["attributedTo"] == ada.uri
        for document in (create, made):
            assert document["to"] == [PUBLIC]
            assert document["cc"] == [eve.uri, ada.uri]
            assert document["audience"] == [zoe.uri]
            assert "bto" not in document
            assert "bcc" not in document
        assert made["id"].startswith(f"{node.origin}/")
        assert "evil" not in made["id"]
        assert made["content"] == "<p>Bread <b>is</b> ready</p>"
        assert made["source"] == given["source"]
        assert (made["name"], made["ex:oven"]) == ("Loaf", {"degrees": 230})

        visitor = Client(App(node), "ada")
        assert (await visitor.reads(made["id"]))["content"] == made["content"]
        assert (await visitor.asks(uri)).status == 200
        for name in ("eve", "mal", "kim", "zoe"):
            [heard] = there.told(name)
            assert heard["id"] == uri
            assert heard["audience"] == [zoe.uri]
            assert "bto" not in str(heard)
            assert "bcc" not in str(heard)
        assert (await ada.has(f"{ada.uri}/outbox"))[0] == uri
        assert "Loaf" in str(await App(node).get("/v1/timelines/public?local=true"))

        second, _ = await ada.makes({"type": "Create", "object": note(to=[bob.uri])})
        assert (await ada.has(f"{ada.uri}/outbox"))[:2] == [second, uri]
        assert second not in await visitor.has(f"{ada.uri}/outbox")
        await node.drain()
        assert await bob.has(f"{bob.uri}/inbox") == [second]
        assert (await bob.reads(second))["object"]["content"] == "<p>Bread is ready</p>"
        assert (await visitor.asks(second)).status == 404
        assert (await ada.reads(f"{ada.uri}/outbox"))["totalItems"] == 2
        assert (await visitor.reads(f"{ada.uri}/outbox"))["totalItems"] == 1


REFUSED: list[tuple[object, int, str | None]] = [
    (b"{", 400, "json_syntax"),
    (b"[]", 400, "json_not_object"),
    (b'{"type":"Note","type":"Note"}', 400, "json_duplicate_key"),
    (b'{"a":' * 100 + b"1" + b"}" * 100, 400, "json_depth"),
    ({}, 400, "no_type"),
    ({"type": "Create"}, 400, "no_object"),
    ({"type": "Follow"}, 400, "no_object"),
    ({"type": "Undo", "object": []}, 400, "no_object"),
    ({"type": "Add", "object": "https://a.example/1"}, 400, "no_target"),
    ({"type": "Create", "object": "https://a.example/1"}, 400, "no_single_object"),
    ({"type": "Create", "object": [{"type": "Note"}, {"type": "Note"}]}, 400, None),
    ({"type": "Note", "to": [f"https://a.example/{n}" for n in range(300)]}, 400, None),
    ({"type": "Like", "actor": "https://a.example/1", "object": "x"}, 403, "foreign_actor"),
    ({"type": "Note", "attributedTo": "https://a.example/1"}, 403, "foreign_author"),
    ({"type": "Move", "object": "https://a.example/1", "target": "x"}, 400, "not_possible"),
    ({"type": "Flag", "object": "https://a.example/1"}, 400, "not_possible"),
    ({"type": "Note", "content": "x" * 6000}, 422, None),
    ({"type": "Place", "x": "y" * 300_000}, 400, "too_large"),
    ({"type": "Undo", "object": "https://a.example/1"}, 403, "not_your_activity"),
    ({"type": "Update", "object": {"id": "https://a.example/1"}}, 403, "not_your_object"),
    ({"type": "Delete", "object": "https://a.example/1"}, 403, "not_your_object"),
]


async def test_what_cannot_be_done_is_refused_with_a_reason(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_client(node, "ada"), await given_client(node, "bob")
    for given, status, reason in REFUSED:
        answer = await ada.posts(given)
        assert answer.status == status, (str(given)[:200], answer.body)
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert reason is None or answer.body["reason"] == reason
    for content_type in ("application/json", "text/plain", "application/ld+json; profile=x"):
        assert (await ada.posts(note(), content_type=content_type)).status == 415
    zipped = await ada.posts(gzip.compress(b'{"type":"Note"}'), **{"Content-Encoding": "gzip"})
    assert zipped.status == 415
    assert (await ada.posts(note(), to="/users/bob")).status == 403
    assert (await Client(App(node), "ada").posts(note())).status == 401
    wrong = Client(App(node, "wrong"), "ada")
    assert (await wrong.posts(note())).status == 401
    reader = await given_client(node, "carl", "read")
    assert (await reader.posts(note())).status == 403
    assert (
        await (await given_client(node, "dora", "write")).asks(f"{node.origin}/users/dora/inbox")
    ).status == 403

    secret, _ = await ada.makes(note(to=[]))
    own = (await ada.reads(secret))["object"]["id"]
    for stranger in (bob, Client(App(node), "bob")):
        for uri in (secret, own):
            assert (await stranger.asks(uri)).status == 404, uri
        assert set(await stranger.reads(f"{ada.uri}/inbox")) == {"@context", "id", "type"}
    for theirs in (
        {"type": "Update", "object": {"id": own, "content": "Mine now"}},
        {"type": "Delete", "object": own},
        {"type": "Undo", "object": secret},
        {"type": "Add", "object": own, "target": own},
    ):
        assert (await bob.posts(theirs)).status == 403, theirs
    assert (await ada.reads(own))["content"] == "<p>Bread is ready</p>"
    assert await ada.has(f"{ada.uri}/outbox") == [secret]


async def test_a_client_changes_and_deletes_its_own(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_client(node, "ada")
    async with foreign_server() as server:
        there = Elsewhere(server)
        eve = there.person("eve")
        _, create = await ada.makes(note(name="Loaf", to=[eve.uri], summary="Warm"))
        uri = create["object"]["id"]
        change = {"id": uri, "content": "<p>Sold out</p>", "name": None, "ex": {"left": 0}}
        update, done = await ada.makes({"type": "Update", "object": change, "to": [eve.uri]})
        await node.drain()
        now = await ada.reads(uri)
        assert (now["content"], now["summary"], now["ex"]) == (
            "<p>Sold out</p>",
            "Warm",
            {"left": 0},
        )
        assert "name" not in now
        assert "updated" in now
        assert now["to"] == [eve.uri]
        assert done["object"]["content"] == "<p>Sold out</p>"
        assert [(one["type"], one["id"]) for one in there.told("eve")][1] == ("Update", update)
        assert there.told("eve")[1]["object"]["summary"] == "Warm"  # whole between servers

        delete, _ = await ada.makes({"type": "Delete", "object": uri, "to": [eve.uri]})
        await node.drain()
        assert (await ada.asks(uri)).status == 404, "it was for one"
        assert there.told("eve")[2]["object"] == {"id": uri, "type": "Tombstone"}
        outbox = await ada.collects(f"{ada.uri}/outbox")
        assert [item["id"] for item in outbox] == [delete, update]
        assert "Sold out" not in str(outbox)

        profile = {"id": ada.uri, "type": "Person", "name": "Ada L.", "summary": "<b>Bakes</b>"}
        await ada.makes({"type": "Update", "object": profile})
        assert (await ada.reads(ada.uri))["summary"] == "<b>Bakes</b>"


OBJECTS: list[dict[str, Any]] = [
    {"type": "Article", "name": "On bread", "content": "<p>Long</p>", "summary": "Short"},
    {"type": "Image", "name": "A loaf", "url": "https://a.example/1.png", "mediaType": "image/png"},
    {"type": "Place", "name": "The mill", "latitude": 52.1, "longitude": 5.1},
    {"type": "Relationship", "subject": "https://a.example/1", "object": "https://a.example/2"},
    {"type": "Event", "name": "Baking", "startTime": "2027-01-01T10:00:00Z"},
    {"type": "Profile", "summary": "Bakes"},
    {"type": ["ex:Loaf", "Object"], "ex:crust": ["thick", {"ex:deep": None, "ex:n": 1.5}]},
    {"type": "ex:Recipe", "content": "<i>Flour</i><img src=x onerror=y>"},
    {"type": "Note", "contentMap": {"nl": "<p>Brood</p>", "de": "<p>Brot<script>x</script></p>"}},
    {"type": "Note", "summaryMap": {"nl": "Warm"}, "content": "x", "attachment": {"type": "Link"}},
]
ACTIVITIES: list[dict[str, Any]] = [
    {"type": "Arrive", "location": {"type": "Place", "name": "Work"}},
    {"type": "Listen", "object": "https://a.example/song"},
    {
        "type": "Offer",
        "object": {"type": "ex:Loaf", "name": "Half"},
        "target": "https://a.example/1",
    },
    {"type": "ex:Knead", "object": "https://a.example/dough", "ex:minutes": 10},
    {"type": "Like", "object": "https://127.0.0.1:1/nothing"},
]


async def test_whatever_its_type_it_is_kept_and_served_back(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_client(node, "ada")
    visitor = Client(App(node), "ada")
    for given in OBJECTS:
        uri, create = await ada.makes({**given, "to": [PUBLIC]})
        served = await visitor.reads(create["object"]["id"])
        for key, value in given.items():
            if "content" not in key and key != "type":
                assert served[key] == value, key
        assert served["type"] == given["type"]
        assert "script" not in str(served)
        assert "onerror" not in str(served)
        assert uri in await visitor.has(f"{ada.uri}/outbox")
        page = await node.http.get(served["url"] if "/@" in served["url"] else "/@ada")
        assert page.status == 200
    for given in ACTIVITIES:
        uri, read = await ada.makes({**given, "to": PUBLIC, "id": "https://evil.example/1"})
        for key in given:
            assert read[key] == given[key], key
        assert (read["actor"], read["to"]) == (ada.uri, [PUBLIC])
        assert uri in await visitor.has(f"{ada.uri}/outbox")
        undo, _ = await ada.makes({"type": "Undo", "object": uri})
        assert (await visitor.asks(uri)).status == 404
        assert undo in await ada.has(f"{ada.uri}/outbox")


async def test_markdown_without_content_is_rendered_as_on_a_page(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_client(node, "ada")
    await given_client(node, "bob")
    source = {"content": "**Warm** #bread, @bob", "mediaType": "text/markdown"}
    _, create = await ada.makes({"type": "Note", "source": source, "to": [PUBLIC]})
    made = create["object"]
    assert "<strong>Warm</strong>" in made["content"]
    assert made["source"] == source
    assert {tag["type"] for tag in made["tag"]} == {"Mention", "Hashtag"}
    assert [post["id"] for post in await App(node).get("/v1/timelines/tag/bread")]


async def test_an_answer_stays_within_what_it_answers(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_client(node, "ada"), await given_client(node, "bob")
    _, create = await ada.makes(note(to=[bob.uri]))
    parent = create["object"]["id"]
    wide = await bob.posts(note(inReplyTo=parent))
    assert wide.status == 422
    _, answer = await bob.makes(note(inReplyTo=parent, to=[ada.uri]))
    assert answer["object"]["inReplyTo"] == parent
    _, public = await ada.makes(note())
    _, reply = await bob.makes(note(inReplyTo=public["object"]["id"], cc=[ada.uri]))
    assert reply["object"]["id"] in await ada.has(f"{public['object']['id']}/replies")


async def test_somebody_is_followed_once_they_accept_this_very_follow(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada = await given_client(node, "ada")
    async with foreign_server() as server:
        there = Elsewhere(server)
        eve, mal = there.person("eve"), there.person("mal")
        follow, read = await ada.makes({"type": "Follow", "object": eve.uri, "to": [eve.uri]})
        assert read["object"] == eve.uri
        await node.drain()
        [heard] = there.told("eve")
        assert (heard["id"], heard["type"], heard["object"]) == (follow, "Follow", eve.uri)
        assert await ada.has(f"{ada.uri}/following") == []
        wrong = {"type": "Follow", "id": "https://x.example/1", "actor": ada.uri, "object": mal.uri}
        await there.sends(mal, ada, {"id": f"{mal.uri}/a", "type": "Accept", "object": wrong})
        assert await ada.has(f"{ada.uri}/following") == []
        accept = {"id": f"{eve.uri}/accept", "type": "Accept", "object": follow}
        await there.sends(eve, ada, accept)
        await there.sends(eve, ada, accept)
        assert await ada.has(f"{ada.uri}/following") == [eve.uri]
        assert await ada.has(f"{ada.uri}/inbox") == [accept["id"]]
        undone, _ = await ada.makes({"type": "Undo", "object": follow})
        await node.drain()
        assert there.told("eve")[-1]["id"] == undone
        assert await ada.has(f"{ada.uri}/following") == []


async def test_what_comes_in_is_in_the_inbox_once(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_client(node, "ada")
    async with foreign_server() as server:
        there = Elsewhere(server)
        eve = there.person("eve")
        ask = {"id": f"{eve.uri}/follow", "type": "Follow", "object": ada.uri}
        await there.sends(eve, ada, ask)
        assert await ada.has(f"{ada.uri}/followers") == []
        accepted, _ = await ada.makes({"type": "Accept", "object": ask["id"]})
        assert await ada.has(f"{ada.uri}/followers") == [eve.uri]
        await node.drain()
        assert there.told("eve")[-1]["id"] == accepted

        loaf = {"id": f"{eve.uri}/loaf", "type": "Note", "attributedTo": eve.uri, "to": [PUBLIC]}
        loaf |= {"content": "<p>A loaf</p>", "cc": [ada.uri]}
        made = {"id": f"{eve.uri}/create", "type": "Create", "object": loaf, "to": [PUBLIC]}
        await there.sends(eve, ada, made | {"cc": [ada.uri]})
        await there.sends(eve, ada, made | {"cc": [ada.uri]})
        inbox = await ada.collects(f"{ada.uri}/inbox")
        assert [item["id"] for item in inbox] == [made["id"], ask["id"]]
        assert inbox[0]["object"]["content"] == "<p>A loaf</p>"
        like, _ = await ada.makes({"type": "Like", "object": loaf["id"], "to": [eve.uri]})
        await node.drain()
        assert [one["id"] for one in there.told("eve") if one["type"] == "Like"] == [like]
        share, _ = await ada.makes({"type": "Announce", "object": loaf["id"], "to": [PUBLIC]})
        await node.drain()
        assert [one["id"] for one in there.told("eve") if one["type"] == "Announce"] == [share]
        for done in (like, share):
            undone, _ = await ada.makes({"type": "Undo", "object": done})
            await node.drain()
            assert there.told("eve")[-1]["id"] == undone

        before = len(there.told("eve"))
        block, _ = await ada.makes({"type": "Block", "object": eve.uri})
        await node.drain()
        assert "Block" not in [one["type"] for one in there.told("eve")[before:]]
        assert await ada.has(f"{ada.uri}/followers") == []
        assert await ada.has(f"{ada.uri}/inbox") == []
        later = {**made, "id": f"{eve.uri}/create2"}
        await there.sends(eve, ada, later)
        assert later["id"] not in await ada.has(f"{ada.uri}/inbox")
        await ada.makes({"type": "Undo", "object": block})
        await there.sends(eve, ada, {**ask, "id": f"{eve.uri}/follow2"})


async def test_collections_of_ones_own_hold_what_one_puts_in(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_client(node, "ada"), await given_client(node, "bob")
    _, create = await ada.makes(
        {"type": "Collection", "name": "Loaves", "items": ["https://a.example/1"], "to": [PUBLIC]}
    )
    shelf = create["object"]["id"]
    loaf = "https://a.example/2"
    await ada.makes({"type": "Add", "object": loaf, "target": shelf, "to": [PUBLIC]})
    await ada.makes({"type": "Add", "object": loaf, "target": shelf})
    read = await ada.reads(shelf)
    assert (read["type"], read["totalItems"], read["name"]) == ("Collection", 2, "Loaves")
    assert await bob.has(shelf) == [loaf, "https://a.example/1"]
    assert (await bob.posts({"type": "Add", "object": loaf, "target": shelf})).status == 403
    await ada.makes({"type": "Remove", "object": loaf, "target": shelf})
    assert await ada.has(shelf) == ["https://a.example/1"]
    for foreign in (f"{bob.uri}/followers", "https://a.example/shelf", ada.uri):
        answer = await ada.posts({"type": "Add", "object": loaf, "target": foreign})
        assert answer.status == 403, answer.body


async def test_both_types_of_accept_and_content_work(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_client(node, "ada")
    answer = await ada.posts(note(), content_type=ACTIVITY_JSON)
    assert answer.status == 201
    for accept in (LD_JSON, ACTIVITY_JSON):
        read = await ada.asks(answer.headers["Location"], Accept=accept)
        assert read.status == 200
        assert AS2 in read.body["@context"]
    shared = Client(App(node), "ada")
    assert await shared.has(f"{node.origin}/inbox") == [answer.headers["Location"]]
    await ada.makes(note(to=[ada.followers]))
    assert await shared.has(f"{node.origin}/inbox") == [answer.headers["Location"]]
