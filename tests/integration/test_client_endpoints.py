"""What an actor's ``endpoints`` promise its clients: proxyUrl, uploadMedia; and ``liked``."""

import json
from typing import Any

from aiohttp import FormData

from tests.integration.activity_client import PUBLIC, Client, Elsewhere, given_client
from tests.integration.apps import Answer, App
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


async def asks_proxy(client: Client, uri: str) -> Answer:
    endpoints = (await client.reads(client.uri))["endpoints"]
    path = endpoints["proxyUrl"].removeprefix(client.node.origin)
    return await client.app.call("POST", path, data={"id": uri}, allow_redirects=False)


async def test_a_proxy_shows_what_is_for_this_member(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_client(node, "ada"), await given_client(node, "bob")
    async with foreign_server() as server:
        there = Elsewhere(server)
        eve = there.person("eve", followers=f"{server.origin}/users/eve/followers")

        def serve(path: str, **properties: Any) -> str:
            uri = f"{server.origin}{path}"
            note = {"id": uri, "type": "Note", "attributedTo": eve.uri, "content": "x"}
            return server.serve(path, {**note, **properties})

        public = serve("/1", to=[PUBLIC], **{"ex:own": 1})
        named = serve("/2", to=[ada.uri], bto=[bob.uri])
        followers = serve("/3", to=[f"{eve.uri}/followers"])
        read = await asks_proxy(ada, public)
        assert (read.status, read.body["id"]) == (200, public)
        assert read.headers["Cache-Control"] == "private, no-store"
        shown = await asks_proxy(ada, named)
        assert shown.status == 200
        assert "bto" not in shown.body
        assert server.requests[-1]["signature"].startswith(f'keyId="{ada.uri}#main-key"')
        assert (await asks_proxy(bob, named)).status == 404
        assert (await asks_proxy(ada, followers)).status == 404
        for bad in ("", "file:///etc/passwd", "https://169.254.169.254/latest", "http://[::1]:1/"):
            assert (await asks_proxy(ada, bad)).status in (400, 403, 422, 502), bad
        page = server.serve("/page", b"<p>Hello</p>", content_type="text/html")
        assert (await asks_proxy(ada, page)).status == 422
        own = await asks_proxy(ada, ada.uri)
        assert (own.status, own.headers["Location"]) == (303, ada.uri)
    visitor = Client(App(node), "ada")
    assert (await asks_proxy(visitor, public)).status == 401
    theirs = Client(App(node, bob.app.token), "ada")
    assert (await asks_proxy(theirs, public)).status == 403


async def sends_file(client: Client, said: object, file: bytes = PNG) -> Answer:
    form = FormData()
    form.add_field("object", json.dumps(said))
    form.add_field("file", file, filename="loaf.png", content_type="image/png")
    endpoints = (await client.reads(client.uri))["endpoints"]
    path = endpoints["uploadMedia"].removeprefix(client.node.origin)
    return await client.app.call("POST", path, data=form)


async def test_a_file_becomes_an_object(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_client(node, "ada"), await given_client(node, "bob")
    said = {"type": "Image", "name": "A loaf", "ex:oven": 230, "to": [bob.uri]}
    answer = await sends_file(ada, said)
    assert answer.status == 201, answer.body
    image = await ada.reads(answer.headers["Location"])
    assert (image["type"], image["name"], image["ex:oven"]) == ("Image", "A loaf", 230)
    href = image["url"][0]["href"]
    assert href.startswith(f"{node.origin}/media/")
    assert (await ada.has(f"{ada.uri}/outbox")) != []
    assert (await bob.asks(answer.headers["Location"])).status == 200
    stranger = Client(App(node), "ada")
    assert (await stranger.asks(answer.headers["Location"])).status == 404
    assert (await sends_file(ada, said, b"<svg onload=x>")).status == 422
    assert (await sends_file(ada, {"type": "Create", "object": {}})).status == 400
    assert (await sends_file(Client(App(node), "ada"), said)).status == 401
    assert await node.pool.fetchval("SELECT count(*) FROM media WHERE post_id IS NOT NULL") == 1


async def test_liked_holds_what_one_liked_for_ones_own_eyes(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_client(node, "ada"), await given_client(node, "bob")
    _, create = await bob.makes({"type": "Note", "content": "x", "to": [PUBLIC]})
    loaf, song = create["object"]["id"], f"{node.origin}/nothing"
    first, _ = await ada.makes({"type": "Like", "object": loaf})
    second, _ = await ada.makes({"type": "Like", "object": song})
    liked = (await ada.reads(ada.uri))["liked"]
    assert await ada.has(liked) == [song, loaf]
    assert (await ada.reads(liked))["totalItems"] == 2
    assert await bob.has(liked) == []
    assert await bob.has(f"{bob.uri}/inbox") == [first]
    for done in (first, second):
        await ada.makes({"type": "Undo", "object": done})
    assert await ada.has(liked) == []


async def test_apps_in_browsers_may_read_and_post(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_client(node, "ada")
    async with node.http.options(f"{ada.uri}/outbox") as answer:
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    made = await ada.posts({"type": "Note", "content": "x"})
    assert "Location" in made.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in made.headers
