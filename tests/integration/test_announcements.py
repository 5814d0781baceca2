"""What stewards announce: on pages, in apps and on streams, until it is put away or over."""

import asyncio
import json
from typing import Any

from aiohttp import ClientWebSocketResponse
from mastodon import Mastodon

from fedinet.db.pool import transaction
from tests.integration.apps import App, given_app
from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.test_streaming import listening

PATH = "/admin/announcements"
LIST = "/v1/announcements"


async def test_stewards_announce_and_members_put_it_away(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_app(node, "ada"), await given_app(node, "bob")
    await node.pool.execute("UPDATE accounts SET role = 'moderator' WHERE actor_id = $1", ada.id)
    async with (
        browser(node) as steward,
        browser(node) as member,
        listening(bob, "user") as socket,
    ):
        await steward.sign_in("ada")
        await member.sign_in("bob")
        assert (await member.open(PATH)).status == 403
        wrong = await _write(steward, "  ", ends="2020-01-01T00:00")
        assert "Write what you want to announce." in wrong
        assert "Nothing has been announced yet" in wrong
        words = "Bread **at six** <script>x</script> #Bread"
        await asyncio.gather(_write(steward, words), _write(steward, words))  # a nervous finger
        assert await node.pool.fetchval("SELECT count(*) FROM announcements") == 1
        one = await _heard(bob, socket, "announcement")
        assert one["content"].startswith("<p>Bread <strong>at six</strong> &lt;script&gt;")
        assert [tag["name"] for tag in one["tags"]] == ["Bread"]
        assert "read" not in one

        home = await member.open("/")
        assert "Bread at six" in home.text
        assert "Bread at six" not in (await member.open("/community")).text
        number = one["id"]
        assert "read by 0 of 2 members" in (await steward.open(PATH)).text
        await member.fill("/", f"/announcements/{number}/read", {})
        assert "Bread at six" not in (await member.open("/")).text
        [listed] = await bob.get(LIST)
        assert listed["read"]
        page = await steward.open(f"{PATH}/{number}")
        assert "read by 1 of 2 members" in page.text and "@ada" in page.text
        assert "Bob" not in page.text

        await _change(steward, number, text="Bread at seven")
        assert (await _heard(bob, socket, "announcement"))["content"] == "<p>Bread at seven</p>"
        late = await _change(steward, number, ends="2020-01-01T00:00")
        assert "It has to end after it begins" in late
        await _change(steward, number, do="end")
        assert await _heard(bob, socket, "announcement.delete") == int(number)
        assert await bob.get(LIST) == []
        assert await bob.status("POST", f"{LIST}/{number}/dismiss") == 404
        assert (await steward.open(f"{PATH}/1")).status == 404


async def test_one_that_waits_is_seen_when_its_time_comes(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_app(node, "ada")
    await node.pool.execute("UPDATE accounts SET role = 'moderator'")
    async with browser(node) as steward, listening(ada, "user") as socket:
        await steward.sign_in("ada")
        page = await _write(steward, "Later", begins="2099-01-01T18:00")
        assert "At most a year ahead." in page
        soon = await node.pool.fetchval("SELECT to_char(now() + interval '9 days', 'YYYY-MM-DD')")
        await _write(steward, "Later", begins=f"{soon}T18:00")
        assert "Waits" in (await steward.open(PATH)).text
        await node.drain()
        assert await ada.get(LIST) == []
        assert "Later" not in (await steward.open("/")).text
        number = await node.pool.fetchval("SELECT id FROM announcements")
        assert await ada.status("PUT", f"{LIST}/{number}/reactions/%F0%9F%8D%9E") == 404
        async with transaction(node.pool) as tx:
            await tx.execute("UPDATE announcements SET published_at = now()")
            await tx.execute("UPDATE jobs SET due_at = now() WHERE kind = 'announcements.look_at'")
        assert await _heard(ada, socket, "announcement.delete") == number, "nothing to see yet"
        assert (await _heard(ada, socket, "announcement"))["id"] == str(number)


async def test_apps_read_react_and_dismiss(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_app(node, "ada"), await given_app(node, "bob")
    number = await node.pool.fetchval(
        """INSERT INTO announcements (source, html, published_at)
           VALUES ('Hi :loaf:', '<p>Hi :loaf:</p>', now()) RETURNING id"""
    )
    await node.pool.execute(
        """WITH one AS (INSERT INTO custom_emojis (origin, shortcode, url, updated_at)
                         VALUES ($1, 'loaf', $2, now()) RETURNING id)
           INSERT INTO house_emojis (emoji_id, file, media_type)
           SELECT id, $2, 'image/gif' FROM one""",
        node.origin,
        f"{node.origin}/loaf.png",
    )
    address = f"{LIST}/{number}/reactions"
    client = Mastodon(access_token=ada.token, api_base_url=node.origin)
    async with listening(bob, "user") as socket:
        await asyncio.to_thread(client.announcement_reaction_create, number, "🍞")
        reacted = {"name": "🍞", "count": 1, "announcement_id": str(number)}
        assert await _heard(bob, socket, "announcement.reaction") == reacted
    assert await bob.status("PUT", f"{address}/🍞") == 200
    assert await bob.status("PUT", f"{address}/🍞") == 200
    assert await bob.status("PUT", f"{address}/loaf") == 200
    for odd in ("bread", "ab", "🍞🍞x", "x" * 100, "loaf@b.example", ":loaf:"):
        assert await bob.status("PUT", f"{address}/{odd}") == 422, odd
    [one] = await ada.get(LIST)
    bread, loaf = one["reactions"]
    assert bread == {"name": "🍞", "count": 2, "me": True}
    assert (loaf["name"], loaf["me"], loaf["url"].startswith(node.origin)) == ("loaf", False, True)
    assert loaf["static_url"] == loaf["url"] + "/still"
    assert [(emoji["shortcode"], emoji["url"]) for emoji in one["emojis"]] == [
        ("loaf", loaf["url"])
    ]
    async with browser(node) as page:
        await page.sign_in("ada")
        assert loaf["url"].removeprefix(node.origin) in (await page.open("/")).html
    for emoji in "🍏🍐🍊🍋🍌🍉":
        assert await ada.status("PUT", f"{address}/{emoji}") == 200
    assert await ada.status("PUT", f"{address}/🍇") == 422, "eight different ones are enough"
    assert await ada.status("PUT", f"{address}/loaf") == 200
    await asyncio.to_thread(client.announcement_reaction_delete, number, "🍞")
    assert await ada.status("DELETE", f"{address}/🍞") == 404
    await asyncio.to_thread(client.announcement_dismiss, number)
    [again] = await asyncio.to_thread(client.announcements)
    assert again.read and again.reactions[0].count == 1
    assert await App(node).status("GET", LIST) == 401


async def _write(steward: Browser, text: str, **fields: str) -> str:
    return (await steward.fill(PATH, PATH, {"text": text, **fields})).text


async def _change(steward: Browser, number: str, **fields: str) -> str:
    path = f"{PATH}/{number}"
    return (await steward.fill(path, path, {"do": "save", **fields})).text


async def _heard(app: App, socket: ClientWebSocketResponse, event: str) -> Any:
    await app.node.drain()
    frame = json.loads((await socket.receive(timeout=20)).data)
    assert frame["event"] == event
    return json.loads(frame["payload"])
