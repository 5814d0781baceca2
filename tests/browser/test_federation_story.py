"""A steward who knows only Mastodon minds who may talk to the community, without a manual."""

from collections.abc import Awaitable, Callable

import pytest

from fedinet.vocab.activity import PUBLIC
from tests.browser.conftest import Visit
from tests.browser.visitor import Look, Visitor
from tests.integration.foreign_server import foreign_server
from tests.integration.households import given_account
from tests.integration.inbox_peer import deliver, like, peer_actor
from tests.integration.nodes import RunningNode
from tests.integration.test_policy_lists import list_server

Start = Callable[..., Awaitable[RunningNode]]
pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    "look", [Look(width=390), Look(scheme="dark", scripts=False)], ids=["phone", "no-scripts"]
)
async def test_who_may_talk_to_us_is_minded_and_everything_undone(
    start_node: Start, visit: Visit, look: Look
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    ada = await visit(node, "ada", look)
    await ada.page.locator(".menu--face > summary").click()
    await ada.press("Steward’s desk", within="header")
    assert "Nothing to look at" in await ada.text()
    await ada.desk("Other servers")
    await ada.page.get_by_role("radio", name="Anyone, and look at strangers first").check()
    await ada.press("Preview a change")
    await _save(ada, "A wave of spam elsewhere", "Switch")

    await ada.press("Write a rule")
    await ada.fill("Server", "loud.example")
    await ada.page.get_by_role("radio", name="Limit").check()
    tall = await ada.page.evaluate("() => document.querySelector('form.sheet').offsetHeight")
    assert tall < 1200, "what is rare is folded"
    await ada.page.get_by_text("For how long").click()
    await ada.page.get_by_label("It ends", exact=True).select_option(label="In two weeks")
    await ada.page.get_by_label("Reason").fill("Shouting")
    await ada.shot("rule")
    await ada.press("Preview what this changes")
    assert "nothing has changed yet" in await ada.text()
    await ada.shot("rule-preview")
    await _save(ada, "Three reports", "Save this rule")
    assert "Shouting" in await ada.text()

    async with list_server("worst.example\nloudest.example\n") as others:
        await _follow_a_list(node, ada, others.url)
    await _let_a_stranger_in(node, ada)
    await _see_last_week(ada)
    await ada.open("/admin")
    await ada.desk("What happened", "Record")
    await ada.shot("record")
    for why in ("Three reports", "Friends keep it", "A wave of spam elsewhere"):
        line = ada.page.locator("main li", has_text=why).first
        async with ada.page.expect_navigation():
            await line.get_by_role("button", name="Undo").click()
        await _save(ada, "It was only a rehearsal", "Undo it")
    row = await node.pool.fetchrow(
        "SELECT mode, (SELECT count(*) FROM policy_rules WHERE state <> 'removed') AS rules"
        " FROM policy"
    )
    assert row is not None and (row["mode"], row["rules"]) == ("open", 0)


async def _let_a_stranger_in(node: RunningNode, ada: Visitor) -> None:
    """Somebody elsewhere answers ada; she asks why it waits, and lets it in."""
    await ada.write("A seat by the window", "Anyone on the web")
    post = await node.pool.fetchval("SELECT uri FROM posts")
    async with foreign_server() as there:
        bob = peer_actor(there, "bob")
        note = {
            "id": f"{bob.uri}/notes/1", "type": "Note", "attributedTo": bob.uri, "to": [PUBLIC],
            "cc": [f"{node.origin}/users/ada"], "content": "<p>Is this seat taken?</p>",
            "inReplyTo": post,
            "tag": [{"type": "Mention", "href": f"{node.origin}/users/ada", "name": "@ada"}],
        }  # fmt: skip
        sent = like(bob, type="Create", object=note, to=[PUBLIC], cc=note["cc"])
        assert (await deliver(node, bob, sent)).status == 202
        await node.drain()
        await ada.open("/community")
        assert "replied" not in await ada.text(), "it waits"
        await ada.open("/admin")
        await ada.press("One thing from a stranger is waiting for you.")
        await ada.shot("waiting")
        await ada.press("Why?")
        assert "nobody here has met that server" in await ada.text()
        await ada.desk("To do", "Waiting")
        await ada.page.get_by_role("checkbox").check()
        await ada.press("Let in", within="section:has-text('One by one')")
        await node.drain()
        await ada.open("/notifications")
        assert "Is this seat taken?" in await ada.text()
        await ada.open("/community")
        await ada.shot("answered")
        await ada.press("bob replied.")
        assert "Is this seat taken?" in await ada.text()


async def _follow_a_list(node: RunningNode, ada: Visitor, url: str) -> None:
    """She writes its name and address; it is read as drafts, and none of them holds."""
    await ada.open("/admin/policy/lists")
    await ada.press("Follow a list")
    await ada.fill("Name", "worst")
    await ada.fill("Address", url)
    await ada.press("Preview what this changes")
    await _save(ada, "Friends keep it", "Save")
    await node.drain()
    await ada.open("/admin/policy/drafts")
    assert "worst.example" in await ada.text()


async def _see_last_week(ada: Visitor) -> None:
    """Before she opens the doors to everybody, she sees what would have come in."""
    await ada.open("/admin/policy")
    await ada.page.get_by_role("radio", name="Anyone, unless a rule says otherwise").check()
    await ada.press("Preview a change")
    await ada.press("What would have happened last week")
    assert "Of one thing, 1 would have fared otherwise" in await ada.text()
    await ada.shot("last-week")


async def _save(ada: Visitor, why: str, button: str) -> None:
    await ada.page.get_by_label("Why do you do this?").fill(why)
    await ada.press(button)
