"""What goes wrong while somebody writes: nothing is lost by it."""

import re
from collections.abc import Awaitable, Callable
from typing import Final

import pytest
from playwright.async_api import FilePayload, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Look, Visitor
from tests.integration.browser import PASSWORD
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.made_files import picture

Start = Callable[..., Awaitable[RunningNode]]
pytestmark = pytest.mark.browser
_POST: Final = re.compile(r"/@ada/\d+\?published=1$")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_what_was_written_is_never_lost(
    start_node: Start, visit: Visit, scripts: bool
) -> None:
    node = await start_node()
    await given_account(node, "ada")
    await given_account(node, "bakker")
    await node.pool.execute("UPDATE actors SET name = 'Bram Bakker' WHERE username = 'bakker'")
    look = Look(scripts=scripts)
    ada, at_home = await visit(node, "ada", look), await visit(node, "ada", look)
    await _sends_twice(ada)
    await _writes_beyond_the_session(ada)
    await _edits_what_changed_elsewhere(ada, at_home)
    await _goes_back_while_writing(ada)
    await _names_somebody_by_their_name(ada)


async def _names_somebody_by_their_name(ada: Visitor) -> None:
    """As one does elsewhere; the page asks, and its answer stands in the text."""
    await ada.open("/write")
    await ada.fill("Your text", "Thank you, @Lovelace Ada and @Bram Bakker")
    await ada.press("Publish")
    assert "lead to nobody" in await ada.text()
    await ada.shot("whom-do-you-mean")
    if ada.look.scripts:
        await ada.runs("compose.js")
    await ada.press("Bram Bakker @bakker")
    text = ada.page.get_by_label("Your text")
    await expect(text).to_have_value("Thank you, @Lovelace Ada and @bakker")
    told = ada.page.get_by_text("Bram Bakker (@bakker) will be told.").locator("visible=true")
    await expect(told).to_be_visible()
    await ada.press("Publish")
    await expect(ada.page.locator("article.post a", has_text="@bakker")).to_be_visible()


async def _sends_twice(ada: Visitor) -> None:
    """A nervous finger, and then the back button."""
    await ada.open("/write")
    await ada.fill("Your text", "Said once")
    await ada.press_twice(ada.page.get_by_role("button", name="Publish"))
    await expect(ada.page).to_have_url(_POST)  # the first of the two navigations may be given up
    await ada.page.go_back()
    await ada.open("/community")
    assert (await ada.text()).count("Said once") == 1


async def _writes_beyond_the_session(ada: Visitor) -> None:
    await ada.open("/write")
    await ada.fill("Your text", "A long evening’s words")
    await ada.page.get_by_text("Content note, poll, language").click()
    await ada.fill("What should people know before they open it?", "Of an accident")
    await ada.node.pool.execute("DELETE FROM sessions")
    ada.expected.add(403)
    await ada.press("Publish")
    assert "what you wrote is kept" in await ada.text()
    await ada.shot("resume")
    async with ada.page.expect_popup() as opening:
        await ada.page.locator("main").get_by_role("link", name="Sign in").click()
    door = await opening.value
    await door.locator("input[name=login]").fill("ada")
    await door.locator("input[name=password]").fill(PASSWORD)
    async with door.expect_navigation():
        await door.locator("main form button.btn--tone").first.click()
    await expect(door.get_by_text("go on writing in the other one")).to_be_visible()
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


async def _goes_back_while_writing(ada: Visitor) -> None:
    """An article with its cover, from its preview back, forth, and loaded again; then published."""
    page = ada.page
    await ada.open("/write?as=article")
    await ada.runs("compose.js", "files.js")
    await ada.fill("Title", "On bread")
    await ada.fill("Your text", "It is *patient*.")
    loaf: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": picture()}
    await page.get_by_label("Choose a file").set_input_files(loaf)
    if not ada.look.scripts:
        await ada.press("Upload it, then go on writing")
    await expect(page.locator(".chosen img")).to_have_count(1)
    await page.locator(".chosen textarea").fill("A loaf")
    await page.get_by_label("What stays in sight").select_option("The top")
    await page.get_by_text("Content note, language").click()
    await page.get_by_label("Language").select_option("Nederlands")
    await page.get_by_role("radio", name="Everyone Anyone on the web").check()
    await page.get_by_role("button", name="See how it looks").click()
    await expect(page.locator("#preview .media--wide img")).to_have_attribute("alt", "A loaf")
    await ada.shot("write-previewed")
    await page.go_back()
    if ada.look.scripts:  # nothing was loaded for the preview: this leaves the page
        await page.go_forward()
    await _stands_there(ada)
    await page.reload()
    await _stands_there(ada)
    if ada.look.scripts:  # what was typed since, too, wherever one comes from
        await ada.runs("compose.js")
        await ada.fill("Your text", "It is very *patient*.")
        await ada.open("/community")
        await page.goto(ada.node.origin + "/write?as=article")
        await expect(page.get_by_label("Your text")).to_have_value("It is very *patient*.")
        await ada.fill("Your text", "It is *patient*.")
        await _stands_there(ada)
    await ada.press_twice(page.get_by_role("button", name="Publish to"))
    await expect(page).to_have_url(_POST)
    image = page.locator("article.post .media--wide img")
    await expect(image).to_have_attribute("alt", "A loaf")
    path = ada.path
    await page.go_back()
    await expect(page.get_by_text("You have published this already.")).to_be_visible()
    await page.go_forward()
    assert ada.path == path
    await _goes_back_while_changing(ada, path)


async def _goes_back_while_changing(ada: Visitor, path: str) -> None:
    page, image = ada.page, ada.page.locator("article.post .media--wide img")
    await ada.open(f"{path}/edit")
    await ada.runs("compose.js")
    await ada.fill("Title", "On rye")
    await page.locator(".chosen textarea").fill("A dark loaf")
    await page.get_by_role("button", name="See how it looks").click()
    await expect(page.locator("#preview .media--wide img")).to_have_attribute("alt", "A dark loaf")
    await page.go_back()
    if ada.look.scripts:
        await page.go_forward()
    await page.reload()
    await expect(page.get_by_label("Title")).to_have_value("On rye")
    await expect(page.locator(".chosen textarea")).to_have_value("A dark loaf")
    await ada.press("Save the change")
    await expect(image).to_have_attribute("alt", "A dark loaf")
    await ada.open("/@ada")
    assert (await ada.text()).count("On rye") == 1 and "On bread" not in await ada.text()


async def _stands_there(ada: Visitor) -> None:
    page = ada.page
    await expect(page.get_by_label("Title")).to_have_value("On bread")
    await expect(page.get_by_label("Your text")).to_have_value("It is *patient*.")
    await expect(page.locator(".chosen textarea")).to_have_value("A loaf")
    await expect(page.get_by_label("What stays in sight")).to_have_value("0,1")
    await expect(page.get_by_label("Language")).to_have_value("nl")
    await expect(page.get_by_role("radio", name="Everyone Anyone on the web")).to_be_checked()
