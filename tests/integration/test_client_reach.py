"""Whom an activity reaches: collections as addresses, named people, polls, ghost replies."""

from typing import Any

from tests.integration.activity_client import AS2, PUBLIC, Elsewhere, given_client
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server
from tests.integration.inbox_peer import deliver, like, peer_actor


def kinds(heard: list[dict[str, Any]]) -> list[str]:
    return [one["type"] for one in heard]


async def test_collections_are_resolved_one_level_and_nobody_hears_twice(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada, bob = await given_client(node, "ada"), await given_client(node, "bob")
    async with foreign_server() as server:
        there = Elsewhere(server)
        eve, mal, kim, zoe = (there.person(name) for name in ("eve", "mal", "kim", "zoe"))
        page = {"type": "OrderedCollectionPage", "orderedItems": [kim.uri, f"{server.origin}/list"]}
        server.serve("/page", {"@context": AS2, "id": f"{server.origin}/page", **page})
        club = {"type": "OrderedCollection", "first": f"{server.origin}/page"}
        server.serve("/club", {"@context": AS2, "id": f"{server.origin}/club", **club})
        items = {"type": "Collection", "items": [eve.uri, zoe.uri, bob.uri, ada.uri]}
        server.serve("/list", {"@context": AS2, "id": f"{server.origin}/list", **items})
        lists = [f"{server.origin}/list", f"{server.origin}/club"]
        uri, _ = await ada.makes({"type": "Note", "content": "x", "to": [*lists, eve.uri]})
        await node.drain()
        for name, heard in (("eve", 1), ("zoe", 1), ("kim", 1), ("mal", 0)):
            assert len(there.told(name)) == heard, name
        assert there.told("kim")[0]["to"] == [*lists, eve.uri]
        assert uri in await bob.has(f"{bob.uri}/inbox")
        assert any("/users/ada#" in str(headers) for headers in server.requests)

        _, made = await ada.makes({"type": "Collection", "items": [mal.uri], "bto": []})
        own = made["object"]["id"]
        await ada.makes({"type": "Note", "content": "y", "to": own})
        theirs = await bob.posts({"type": "Note", "content": "z", "to": own})
        assert theirs.status == 201
        await node.drain()
        assert kinds(there.told("mal")) == ["Create"]  # nobody else's collection is read


async def test_what_stands_first_is_added_and_removed_by_a_client(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_client(node, "ada"), await given_client(node, "bob")
    featured = (await ada.reads(ada.uri))["featured"]
    _, made = await ada.makes({"type": "Note", "content": "x", "to": PUBLIC})
    post = made["object"]["id"]
    target = {"id": featured, "type": "OrderedCollection"}
    add, kept = await ada.makes({"type": "Add", "object": post, "target": target, "to": [PUBLIC]})
    assert kept["published"]
    assert await bob.has(featured) == [post]
    assert add in await bob.has(f"{ada.uri}/outbox")
    for status, given in (
        (403, {"type": "Remove", "object": post, "target": featured}),
        (422, {"type": "Add", "object": f"{node.origin}/posts/1", "target": featured}),
    ):
        who = bob if status == 403 else ada
        assert (await who.posts(given)).status == status
    await ada.makes({"type": "Remove", "object": {"id": post}, "target": featured})
    assert await bob.has(featured) == []


async def test_a_question_of_a_client_is_a_poll_and_its_note_a_vote(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_client(node, "ada"), await given_client(node, "bob")
    options = [{"type": "Note", "name": name, "replies": {"totalItems": 9}} for name in "AB"]
    question = {"type": "Question", "content": "Which?", "to": [PUBLIC], "ex:n": 1}
    _, made = await ada.makes({**question, "anyOf": options, "endTime": "2099-01-01T00:00:00Z"})
    asked = made["object"]["id"]
    vote = {"type": "Note", "inReplyTo": asked, "to": [ada.uri]}
    cast, create = await bob.makes({**vote, "name": "A"})
    assert create["object"] == f"{cast}#vote"
    await bob.makes({**vote, "name": "B"})
    for who, name in ((bob, "A"), (bob, "C"), (ada, "A")):
        assert (await who.posts({**vote, "name": name})).status == 422, name
    read = await bob.reads(asked)
    assert [option["replies"]["totalItems"] for option in read["anyOf"]] == [1, 1]
    assert (read["votersCount"], read["ex:n"], "oneOf" in read) == (1, 1, False)
    assert await ada.has(f"{asked}/replies") == []

    async with foreign_server() as server:
        there = Elsewhere(server)
        eve = there.person("eve")
        theirs = {"id": f"{eve.uri}/q", "attributedTo": eve.uri, **question, "oneOf": options}
        server.serve("/users/eve/q", {"@context": AS2, **theirs})
        cast, _ = await ada.makes({**vote, "inReplyTo": theirs["id"], "name": "B", "to": eve.uri})
        await node.drain()
        [heard] = there.told("eve")
        assert (heard["id"], heard["object"]["name"]) == (cast, "B")
        assert heard["object"]["attributedTo"] == ada.uri


async def test_who_is_named_hears_of_a_boost_and_nobody_of_being_blocked(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada = await given_client(node, "ada")
    async with foreign_server() as server:
        there = Elsewhere(server)
        eve, mal = there.person("eve"), there.person("mal")
        _, made = await ada.makes({"type": "Note", "content": "x", "to": [PUBLIC]})
        post = made["object"]["id"]
        share = {"id": f"{eve.uri}/share", "type": "Announce", "object": post, "to": [ada.uri]}
        await there.sends(eve, ada, share)
        assert await ada.has(f"{post}/shares") == [share["id"]]
        await ada.makes({"type": "Announce", "object": post, "to": [PUBLIC], "cc": [mal.uri]})
        await node.drain()
        assert kinds(there.told("mal")) == ["Announce"]
        await ada.makes({"type": "Block", "object": mal.uri, "to": [mal.uri]})
        await node.drain()
        assert kinds(there.told("mal")) == ["Announce"]


async def test_an_answer_to_followers_alone_goes_on_to_them(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_client(node, "ada")
    async with foreign_server() as server, foreign_server() as other:
        there, apart = Elsewhere(server), Elsewhere(other)
        eve, kim = there.person("eve"), apart.person("kim")
        ask = {"id": f"{kim.uri}/follow", "type": "Follow", "object": ada.uri}
        await apart.sends(kim, ada, ask)
        await ada.makes({"type": "Accept", "object": ask["id"]})
        _, made = await ada.makes({"type": "Note", "content": "x", "to": [PUBLIC]})
        await node.drain()
        apart.told("kim").clear()
        ghost = {
            "id": f"{eve.uri}/ghost",
            "type": "Note",
            "content": "boo",
            "attributedTo": eve.uri,
            "inReplyTo": made["object"]["id"],
            "to": [ada.followers],
        }
        create = {"id": f"{eve.uri}/create", "type": "Create", "object": ghost}
        await there.sends(eve, ada, create | {"to": [ada.followers], "cc": [ada.uri]})
        await node.drain()
        assert [one["id"] for one in apart.told("kim")] == [create["id"]]
        assert create["id"] in await ada.has(f"{ada.uri}/inbox")


async def test_what_is_written_in_an_app_is_in_the_inbox_of_members_who_follow(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada, bob = await given_client(node, "ada"), await given_client(node, "bob")
    follow, _ = await bob.makes({"type": "Follow", "object": ada.uri})
    await ada.makes({"type": "Accept", "object": follow})
    written = [
        await ada.app.publish(text, visibility=audience)
        for text, audience in (("all", "public"), ("few", "private"), ("@kim", "direct"))
    ]
    [few, everyone] = (await bob.collects(f"{bob.uri}/inbox"))[:2]
    assert "few" in few["object"]["content"] and "all" in everyone["object"]["content"]
    assert (await bob.reads(few["id"]))["type"] == "Create"
    assert len(await ada.has(f"{ada.uri}/outbox")) == 4  # each once, besides the Accept
    await ada.makes({"type": "Delete", "object": written[0]["uri"]})
    assert "all" not in str(await bob.collects(f"{bob.uri}/inbox"))


async def test_what_comes_to_a_personal_inbox_stands_there_and_is_for_its_owner(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada, bob = await given_client(node, "ada"), await given_client(node, "bob")
    async with foreign_server() as server:
        eve = peer_actor(server, "eve")
        for number, to in ((1, {"to": [PUBLIC]}), (2, {})):
            note = {"id": f"{eve.uri}/notes/{number}", "type": "Note", "attributedTo": eve.uri,
                    "content": f"note {number}", **to}  # fmt: skip
            sent = like(eve, number, type="Create", object=note, **to)
            assert (await deliver(node, eve, sent, path="/users/ada/inbox")).status == 202
        await node.drain()
        creates = [f"{eve.uri}/likes/{number}" for number in (1, 2)]
        inbox = await ada.has(f"{ada.uri}/inbox")
        assert [uri for uri in inbox if uri in creates] == creates[::-1]
        assert not set(creates) & set(await bob.has(f"{bob.uri}/inbox"))
        kept = await node.pool.fetch("SELECT uri, visibility FROM posts WHERE NOT is_local")
        assert [tuple(row) for row in kept] == [(f"{eve.uri}/notes/2", "mentioned")]
