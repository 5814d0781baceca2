"""What goes wrong on the pages, and what hostile people try: nothing is lost or broken by it."""

from collections.abc import Awaitable, Callable
from typing import Final

import pytest

from fedinet.actors.model import ProfileChange
from tests.browser.conftest import Visit
from tests.browser.test_looks import change, say
from tests.browser.visitor import Look, Visitor
from tests.integration.browser import PASSWORD
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode

Start = Callable[..., Awaitable[RunningNode]]
pytestmark = pytest.mark.browser

_STORM: Final = "🦩" * 1000
_LONG: Final = "a" * 500
_TURNED: Final = "\u202egnirts\u2066 \u202e"
_MARKUP: Final = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_what_was_written_is_never_lost(
    start_node: Start, visit: Visit, scripts: bool
) -> None:
    node = await start_node()
    await given_account(node, "ada")
    look = Look(scripts=scripts)
    ada, at_home = await visit(node, "ada", look), await visit(node, "ada", look)
    await _sends_twice(ada)
    await _writes_beyond_the_session(ada)
    await _edits_what_changed_elsewhere(ada, at_home)


async def _sends_twice(ada: Visitor) -> None:
    """A nervous finger, and then the back button."""
    await ada.open("/write")
    await ada.fill("Your text", "Said once")
    async with ada.page.expect_navigation(url="**/@ada/*"):
        await ada.page.get_by_role("button", name="Publish").dblclick()
    await ada.page.go_back()
    await ada.open("/community")
    assert (await ada.text()).count("Said once") == 1


async def _writes_beyond_the_session(ada: Visitor) -> None:
    await ada.open("/write")
    await ada.fill("Your text", "A long evening’s words")
    await ada.page.get_by_text("Add a content note").click()
    await ada.fill("What should people know before they open it?", "Of an accident")
    await ada.node.pool.execute("DELETE FROM sessions")
    ada.expected.add(403)
    await ada.press("Publish")
    assert "What you wrote is kept" in await ada.text()
    await ada.shot("resume")
    async with ada.page.expect_popup() as opening:
        await ada.page.locator("main").get_by_role("link", name="Sign in").click()
    door = await opening.value
    await door.locator("input[name=login]").fill("ada")
    await door.locator("input[name=password]").fill(PASSWORD)
    async with door.expect_navigation():
        await door.locator("main form button.btn--tone").first.click()
    await door.close()
    await ada.press("Go on writing")
    text = ada.page.get_by_label("Your text")
    assert await text.input_value() == "A long evening’s words"
    await ada.press("Publish")
    assert "Of an accident" in await ada.text()


async def _edits_what_changed_elsewhere(ada: Visitor, at_home: Visitor) -> None:
    await at_home.sign_in("ada")
    post = await ada.write("First words", "This community only")
    await ada.open(f"{post}/edit")
    await at_home.open(f"{post}/edit")
    await at_home.fill("Your text", "Words from home")
    await at_home.press("Save the change")
    await ada.fill("Your text", "Words from the train")
    ada.expected.add(409)
    await ada.press("Save the change")
    assert "changed elsewhere while you were writing" in await ada.text()
    assert await ada.page.get_by_label("Your text").input_value() == "Words from the train"
    await ada.press("Save the change")
    assert "Words from the train" in await ada.text()


async def test_hostile_words_and_addresses_break_nothing(start_node: Start, visit: Visit) -> None:
    node = await start_node()
    for name in ("ada", "mallory"):
        await given_account(node, name)
    await change(node, "mallory", ProfileChange(name=_STORM + _LONG + _TURNED, discoverable=True))
    for words in (_LONG, _STORM, f"{_TURNED} {_MARKUP}", "مرحبا" * 60):
        post = await say(node, "mallory", words, note=words[:400])
    await say(node, "mallory", "short", parent=post)
    ada = await visit(node, "ada", Look(width=390))
    for name, path in (
        ("community", "/community"),
        ("profile", "/@mallory"),
        ("thread", f"/@mallory/{post.id}"),
        ("people", "/people"),
        ("answer", f"/write?reply={post.id}"),
    ):
        await ada.open(path)
        await ada.page.evaluate(
            "() => document.querySelectorAll('.cw').forEach(e => e.open = true)"
        )
        await ada.shot(f"hostile-{name}")
        await ada.change(Look(width=320))
        await ada.fits(name)
        await ada.change(Look(width=390))
    assert await ada.page.locator("main script, main img[onerror]").count() == 0
    await _is_led_nowhere_else(ada)
    await _sends_no_form_of_others(ada)


async def _is_led_nowhere_else(ada: Visitor) -> None:
    """Addresses that name another place after signing in, and a frame around a page."""
    for there in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
    ):
        await ada.open(f"/sign-in?again=1&next={there}")
        assert await ada.page.locator("main form input[name=next]").first.input_value() == "/", (
            there
        )
    answer = await ada.page.request.get(ada.node.origin + "/write")
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def _sends_no_form_of_others(ada: Visitor) -> None:
    """A form without its token changes nothing, and the words come back."""
    ada.expected.add(403)
    await ada.open("/write")
    await ada.fill("Your text", "Not mine to send")
    await ada.page.evaluate("() => { document.querySelector('main [name=csrf]').value = 'guess'; }")
    await ada.press("Publish")
    await ada.open("/@ada")
    assert "Not mine to send" not in await ada.text()
