"""What goes wrong while somebody writes: nothing is lost by it."""

from collections.abc import Awaitable, Callable

import pytest

from tests.browser.conftest import Visit
from tests.browser.visitor import Look, Visitor
from tests.integration.browser import PASSWORD
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode

Start = Callable[..., Awaitable[RunningNode]]
pytestmark = pytest.mark.browser


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
