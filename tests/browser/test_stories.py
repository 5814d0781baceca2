"""What people do here, in a real browser: from the set-up link to an answer from elsewhere."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.node.store import new_setup_link
from fedinet.vocab.activity import PUBLIC
from tests.browser.conftest import Visit
from tests.browser.visitor import TWO_WAYS, Look, Visitor
from tests.integration.browser import PASSWORD
from tests.integration.foreign_server import CONTEXT, ForeignServer, foreign_server
from tests.integration.households import given_account
from tests.integration.inbox_peer import deliver, like, peer_actor
from tests.integration.nodes import RunningNode

Start = Callable[..., Awaitable[RunningNode]]
pytestmark = pytest.mark.browser


@TWO_WAYS
async def test_from_the_set_up_link_to_the_first_post(
    start_node: Start, visit: Visit, look: Look
) -> None:
    node = await start_node(set_up=False)
    async with transaction(node.pool) as tx:
        token = await new_setup_link(tx)
    owner = await visit(node, look=look)
    await owner.open(f"/setup?token={token}")
    await owner.fill("Name of the community", "Scheldt Guild")
    await owner.fill("Who you are, in one line", "Builders along the river")
    await owner.page.get_by_label("Time zone").select_option(label="Brussels, Belgium")
    await owner.fill("Your name", "Noor Peeters")
    await owner.fill("Your name in addresses", "noor")
    await owner.fill("Password", PASSWORD)
    await owner.shot("set-up")
    await owner.press("Open the doors")
    await owner.open("/write")
    assert "You are the only member so far." in await owner.text()
    await owner.write("The first words of this house", "This community only")
    said = await owner.page.locator(".sheet .notice").bounding_box()
    assert said and said["height"] < 120, "a line above the post, not a column of the page"
    assert owner.path.startswith("/@noor/")
    await owner.open("/community")
    assert "The first words of this house" in await owner.text()
    await owner.open("/@noor")
    assert "The first words of this house" in await owner.text()
    await owner.open(f"/setup?token={token}", status=410)


@TWO_WAYS
async def test_signing_in_and_out(start_node: Start, visit: Visit, look: Look) -> None:
    node = await given_house(start_node, "ada")
    ada = await visit(node, look=look)
    await ada.open("/notifications")
    assert ada.path.startswith("/sign-in")
    ada.expected.add(422)
    await ada.page.locator("input[name=login]").fill("ada")
    await ada.page.locator("input[name=password]").fill("not her password")
    await ada.press("Sign in")
    assert "do not belong together" in await ada.text()
    await ada.page.locator("input[name=password]").fill(PASSWORD)
    await ada.press("Sign in")
    assert ada.path == "/notifications"
    await ada.page.locator(".menu--face > summary").click()
    await ada.press("Sign out", within="header")
    await ada.open("/notifications")
    assert ada.path.startswith("/sign-in")


async def test_each_audience_is_read_by_whom_it_is_for(start_node: Start, visit: Visit) -> None:
    node = await given_house(start_node, "ada", "bo", "cy", "dee")
    ada, plain = await visit(node, "ada"), Look(width=390, scheme="dark", scripts=False)
    readers = {name: await visit(node, name, plain) for name in ("bo", "cy", "dee")}
    readers["nobody"] = await visit(node, look=plain)
    await readers["bo"].open("/@ada")
    await readers["bo"].press("Ask to follow")
    await ada.open("/requests")
    await ada.press("Let them follow")
    may_read: dict[str, list[str]] = {name: [] for name in readers}
    for audience, who in (
        ("Everyone Anyone on the web", {"bo", "cy", "dee", "nobody"}),
        ("Everyone, quietly", {"bo", "cy", "dee", "nobody"}),
        ("This community only", {"bo", "cy", "dee"}),
        ("My followers", {"bo"}),  # a mention alone widens no audience
        ("Only people mentioned", {"dee"}),
    ):
        path = await ada.write(f"Dear @dee, this is for: {audience}", audience)
        if "dee" not in who:
            assert "Dee will not get it: they do not follow you." in await ada.text()
            await ada.press("Publish")
            path = ada.path
        for name, reader in readers.items():
            await reader.open(path, status=200 if name in who else 404)
            assert ("this is for" in await reader.text()) is (name in who), (audience, name)
            if name in who:
                may_read[name].append(audience)
    for name, reader in readers.items():
        await reader.open("/@ada")
        on_profile = re.findall("this is for: (.+)", await reader.text())
        assert sorted(on_profile) == sorted(may_read[name]), name


@TWO_WAYS
async def test_following_and_answering_across_two_servers(
    start_node: Start, visit: Visit, look: Look
) -> None:
    here, there = await given_house(start_node, "ada"), await given_house(start_node, "bo")
    ada, bo = await visit(here, "ada", look), await visit(there, "bo", look)
    await ada.open("/search")
    await ada.fill("A name, a handle, an address or words", f"@bo@{there.domain}")
    await ada.press("Search")
    assert ada.path == f"/@bo@{there.domain}"
    await ada.press("Ask to follow")
    await here.drain()
    await bo.open("/notifications")
    await bo.shot("notifications-request")
    await bo.press("Let them follow")
    await here.drain()
    await bo.write("Who has a ladder to lend?", "My followers")
    await here.drain()
    await ada.open("/")
    assert "Who has a ladder to lend?" in await ada.text()
    await ada.press("Reply")
    await (
        ada.page.get_by_label("Your text")
        .or_(ada.page.get_by_label("Your reply"))
        .fill(f"@bo@{there.domain} I have one, of twelve rungs")
    )
    await ada.press("Publish" if ada.path.startswith("/write") else "Send the reply")
    await here.drain()
    await bo.open("/notifications")
    await bo.press("Read on and reply")
    thread = await bo.text()
    assert "Who has a ladder to lend?" in thread
    assert "of twelve rungs" in thread
    voices = bo.page.get_by_role("complementary", name="In this conversation")
    assert await voices.locator(".name").all_inner_texts() == ["Bo", "Ada"]
    await bo.shot("thread-two-servers")
    thank = bo.page.locator("article.post").last.locator("button[value=thank]")
    await thank.click()
    await thank.wait_for(state="detached")
    await here.drain()
    await ada.open("/notifications")
    assert "thanked you" in await ada.text()
    async with foreign_server() as elsewhere:
        await joins_a_group_and_leaves_it(ada, elsewhere)


async def joins_a_group_and_leaves_it(ada: Visitor, there: ForeignServer) -> None:
    """One of a server of groups: it brings what its people write, and is written to."""
    node, sent = ada.node, given_inbox(there, "/users/bread/inbox")
    group = peer_actor(there, "bread", type="Group", followers=f"{there.origin}/users/bread/all")
    baker = peer_actor(there, "baker")
    await ada.open("/search")
    await ada.fill("A name, a handle, an address or words", f"@bread@{there.domain}")
    await ada.press("Search")
    assert "A group" in await ada.text()
    await ada.press("Follow")
    await node.drain()
    [asked] = sent
    await deliver(node, group, like(group, type="Accept", object=asked))
    note = {"id": f"{baker.uri}/notes/1", "type": "Note", "attributedTo": baker.uri}
    note |= {"content": "<p>Whose rye has risen?</p>", "to": [PUBLIC], "cc": [group.uri]}
    there.serve("/users/baker/notes/1", {"@context": CONTEXT, **note})  # it is looked up there
    said = like(baker, type="Create", object=note, to=[PUBLIC], cc=[group.uri])
    await deliver(node, group, like(group, 2, type="Announce", object=said, to=[PUBLIC]))
    await node.drain()
    await ada.open("/")
    brought = ada.page.locator("article.post", has_text="Whose rye has risen?")
    assert "Bread" in await brought.inner_text()
    await ada.shot("group-at-home")
    await ada.open(f"/@bread@{there.domain}")
    assert "You follow them." in await ada.text()
    await ada.press("Write to them")
    await ada.choose("Everyone Anyone on the web")
    await ada.fill("Your text", f"@bread@{there.domain} Mine has.")
    await ada.press("Publish")
    await node.drain()
    assert (sent[-1]["type"], group.uri in sent[-1]["cc"]) == ("Create", True)
    await ada.open(f"/@bread@{there.domain}")
    await ada.press("Stop following")
    await node.drain()
    assert (sent[-1]["type"], sent[-1]["object"]["type"]) == ("Undo", "Follow")
    assert "You don’t follow each other." in await ada.text()


def given_inbox(there: ForeignServer, path: str) -> list[Any]:
    """What is delivered to it, in order."""
    got: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        got.append(json.loads(await request.read()))
        return web.Response(status=202)

    there.answers[path] = take
    return got


@TWO_WAYS
async def test_a_visitor_is_led_home_to_follow(start_node: Start, visit: Visit, look: Look) -> None:
    here, there = await given_house(start_node, "ada"), await given_house(start_node, "bo")
    stranger = await visit(here, look=look)
    await stranger.open("/@ada")
    await stranger.fill("Your handle, with its server", f"@bo@{there.domain}")
    await stranger.press("Take me there to follow", within="#follow")
    way = await stranger.page.locator("main a.btn--tone").get_attribute("href")
    assert way is not None
    bo = await visit(there, "bo", look)
    await bo.open(way.removeprefix(there.origin))
    assert bo.path == f"/@ada@{here.domain}"
    await bo.press("Ask to follow")
    assert "not answered yet" in await bo.text()


async def given_house(start_node: Start, *names: str) -> RunningNode:
    node = await start_node()
    for name in names:
        await given_account(node, name)
    return node
