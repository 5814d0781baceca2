"""Somebody new comes in by a link, says hello, writes, answers, and is done for today."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.browser.conftest import Visit
from tests.browser.visitor import Look, Visitor
from tests.integration.browser import PASSWORD
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.made_files import picture

Start = Callable[..., Awaitable[RunningNode]]
pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_a_newcomer_comes_in_and_is_done_for_today(
    start_node: Start, visit: Visit, tmp_path: Path, scripts: bool
) -> None:
    node = await start_node()
    await given_account(node, "noor", role="owner")
    look = Look(width=390, scripts=scripts)
    noor, elif_ = await visit(node, "noor", look), await visit(node, look=look)
    await _comes_in(noor, elif_)
    await _follows_a_colleague(elif_)
    await _shows_a_picture(elif_, tmp_path)
    await _asks_and_changes_her_mind(elif_)
    await _answers_what_waits(noor, elif_)


async def _comes_in(noor: Visitor, elif_: Visitor) -> None:
    await noor.open("/invitations")
    await noor.fill("For whom (optional)", "Elif, of the night shift")
    await noor.press("Make the link")
    link = await noor.page.get_by_label("Invitation link").input_value()
    await elif_.open(link.removeprefix(noor.node.origin))
    await elif_.fill("Your name", "Elif Demir")
    await elif_.fill("Your name in addresses", "elif")
    await elif_.fill("Password", PASSWORD)
    await elif_.press("Join")
    assert elif_.path == "/welcome"
    await elif_.fill("Your first words", "I look after the floors. Who knows about oak?")
    await elif_.press("Say hello")
    assert "You said hello." in await elif_.text()


async def _follows_a_colleague(elif_: Visitor) -> None:
    await elif_.open("/search")
    await elif_.fill("A name, a handle, an address or words", "noor")
    await elif_.press("Search")
    await elif_.page.locator("main").get_by_role("link", name="Noor").first.click()
    await elif_.page.wait_for_url("**/@noor")
    await elif_.press("Ask to follow")
    assert "not answered yet" in await elif_.text()


async def _shows_a_picture(elif_: Visitor, folder: Path) -> None:
    """Its name is a path, and markup; neither is ever a path or markup here."""
    file = folder / "..%2F<b>oak.png"
    file.write_bytes(picture("PNG"))
    await elif_.open("/write")
    assert await elif_.page.locator("#audience summary").inner_text() == "This community only"
    text = await elif_.page.get_by_label("Your text").bounding_box()
    assert text and text["y"] < 600, "the box stands in sight, under whom it is for"
    await elif_.fill("Your text", "Eleven of fourteen beams pass.")
    await elif_.page.get_by_label("Choose a file").set_input_files(file)
    await elif_.press("Publish")
    assert "Say in a sentence what is in your picture" in await elif_.text()
    await elif_.page.locator("textarea[name^=media]").fill("Oak beams in a row")
    await elif_.press("Publish")
    image = elif_.page.locator("main article img").last
    assert await image.get_attribute("alt") == "Oak beams in a row"
    await image.scroll_into_view_if_needed()
    await image.evaluate("image => image.decode()")  # fails where it is no picture


async def _asks_and_changes_her_mind(elif_: Visitor) -> None:
    await elif_.open("/write")
    await elif_.fill("Your text", "Which *day* suits?")
    await elif_.page.get_by_text("Content note, poll, language").click()
    await elif_.page.get_by_text("Ask with a poll").click()
    await elif_.fill("Answer 1", "Saturday")
    await elif_.fill("Answer 2", "Sunday")
    await elif_.page.get_by_role("button", name="See how it looks").click()
    assert await elif_.page.locator("#preview .post-body em").inner_text() == "day"
    await elif_.press("Publish")
    post = elif_.path
    await elif_.open(f"{post}/edit")
    await elif_.fill("Your text", "Which day suits you best?")
    await elif_.press("Save the change")
    assert "Which day suits you best?" in await elif_.text()
    await elif_.open(f"{post}/delete")
    await elif_.press("Delete it")
    await elif_.open(post, status=404)


async def _answers_what_waits(noor: Visitor, elif_: Visitor) -> None:
    await noor.node.drain()
    await noor.open("/")
    await noor.press("Notifications", within="header nav")
    await noor.press("Let them follow")
    await noor.press("Community", within="header nav")
    oak = noor.page.locator("article", has_text="Who knows about oak?")
    async with noor.page.expect_navigation():
        await oak.get_by_role("link", name="Reply").click()
    await noor.page.get_by_label("Your text").fill("@elif I do. Saturday, with soup.")
    await noor.press("Publish")
    await noor.node.drain()
    await elif_.open("/")
    assert "You’re all caught up" in await elif_.text()
    await elif_.press("Notifications", within="header nav")
    assert "Saturday, with soup." in await elif_.text()
    thank = elif_.page.locator("main").get_by_role("link", name="Read on and reply")
    async with elif_.page.expect_navigation():
        await thank.first.click()
    answer = elif_.page.locator("article.post", has_text="with soup").last
    await answer.get_by_role("button", name="Thank").click()
    await answer.get_by_role("button", name="Thanked").wait_for()
    await noor.node.drain()
    await noor.open("/notifications")
    assert "thanked you" in await noor.text()
