"""What members do with posts and with each other, with scripts and without."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_stories import given_house
from tests.browser.visitor import TWO_WAYS, Look, Visitor
from tests.integration.conftest import StartNode
from tests.made_files import picture

pytestmark = pytest.mark.browser

EVERYONE = "Everyone Anyone on the web"
HOUSE = "This community only"


@TWO_WAYS
async def test_posts_are_asked_about_changed_quoted_and_written_again(
    start_node: StartNode, visit: Visit, look: Look
) -> None:
    node = await given_house(start_node, "ada", "bo")
    ada, bo = await visit(node, "ada", look), await visit(node, "bo", look)
    await _writes_an_article(ada, bo)
    await _asks_with_a_poll(ada, bo)
    await _lets_everyone_quote_her(ada)
    post = await ada.write("A ladder of seven rungs #oak", EVERYONE)
    await _changes_it_in_sight(ada, bo, post)
    await _is_quoted_as_long_as_she_likes(ada, bo, post)
    await _is_read_by_machines(ada, post)
    await _deletes_it_and_writes_it_again(ada, bo, post)
    await _publishes_later(ada, bo)


async def _writes_an_article(ada: Visitor, bo: Visitor) -> None:
    await ada.open("/write")
    await ada.press("Write an article")
    await ada.fill("Title", "Reading the grain")
    beginning = "Slow oak is narrow in its rings. " * 40
    await ada.fill("Your text", f"{beginning}\n\n## In numbers\n\n```\nrings = 14\n```\n\nThe end.")
    await ada.press("Publish")
    article = ada.path
    await bo.open("/community")
    words = await bo.text()
    assert "Reading the grain" in words and "Slow oak" in words and "The end." not in words
    await bo.press("Read on")
    assert bo.path == article
    assert await bo.page.locator("h1").inner_text() == "Reading the grain"
    await expect(bo.page.get_by_role("heading", name="In numbers")).to_be_visible()
    assert "rings = 14" in await bo.page.locator("article pre").inner_text()
    await bo.shot("article")


async def _asks_with_a_poll(ada: Visitor, bo: Visitor) -> None:
    await ada.open("/write")
    await ada.fill("Your text", "Which day suits you?")
    await ada.page.get_by_text("Content note, poll, language").click()
    await ada.page.get_by_text("Ask with a poll").click()
    await ada.fill("Answer 1", "Saturday")
    await ada.fill("Answer 2", "Sunday")
    await ada.press("Publish")
    poll = ada.path
    await bo.open(poll)
    assert "1 of 1" not in await bo.text()
    await bo.page.get_by_label("Saturday").check()
    await bo.press("Vote")
    assert "1 of 1, your answer" in await bo.text()
    await ada.open(poll)
    assert "1 of 1" in await ada.text() and "your answer" not in await ada.text()
    await ada.shot("poll")


async def _lets_everyone_quote_her(ada: Visitor) -> None:
    await ada.open("/settings/preferences")
    await ada.page.get_by_role("radio", name="Everyone", exact=True).check()
    await ada.press("Save")
    assert await ada.page.get_by_role("radio", name="Everyone", exact=True).is_checked()


async def _changes_it_in_sight(ada: Visitor, bo: Visitor, post: str) -> None:
    await bo.open(post)
    await bo.page.get_by_role("button", name="Save", exact=True).click()
    await bo.page.get_by_role("button", name="Saved", exact=True).wait_for()
    await ada.open(post)
    await ada.pick("Change this post")
    await ada.fill("Your text", "A ladder of twelve rungs #oak")
    await ada.press("Save the change")
    await bo.open("/saved")
    assert "twelve rungs" in await bo.text()
    await bo.pick("What it said before")
    assert "seven" in await bo.page.locator("main del").inner_text()
    assert "twelve" in await bo.page.locator("main ins").inner_text()
    await bo.shot("history")


async def _is_quoted_as_long_as_she_likes(ada: Visitor, bo: Visitor, post: str) -> None:
    await bo.open(post)
    await bo.pick("Quote this post")
    await bo.choose(HOUSE)
    await bo.fill("Your text", "Look at this one")
    await bo.press("Publish")
    quoting = bo.path
    assert "twelve rungs" in await bo.page.locator("article blockquote").inner_text()
    await ada.open(quoting)
    await ada.pick("Take my post out")
    await ada.press("Take my post out")
    await bo.open(quoting)
    assert "Quoted a post whose author took it out." in await bo.text()
    assert "twelve rungs" not in await bo.text()


async def _is_read_by_machines(ada: Visitor, post: str) -> None:
    """The feed and the manifest that the page names; and the page of a hashtag."""
    await ada.open(post)
    await ada.press("#oak")
    assert ada.path == "/tags/oak" and "twelve rungs" in await ada.text()
    await ada.open("/@ada")
    for kind, sign in (("rss", "twelve rungs"), ("atom", "twelve rungs")):
        link = ada.page.locator(f'link[rel=alternate][type="application/{kind}+xml"]')
        answer = await ada.page.request.get(await link.get_attribute("href") or "")
        assert answer.ok and sign in await answer.text()
    devtools = await ada.page.context.new_cdp_session(ada.page)
    manifest = await devtools.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"].endswith("/manifest.webmanifest")
    missing = await devtools.send("Page.getInstallabilityErrors")
    reasons = {error["errorId"] for error in missing["installabilityErrors"]}
    assert reasons <= {"in-incognito"}, "nothing but the browser of the test stands in the way"


async def _deletes_it_and_writes_it_again(ada: Visitor, bo: Visitor, post: str) -> None:
    await ada.open(post)
    await ada.pick("Delete and write again")
    await ada.press("Delete it and write again")
    text = ada.page.get_by_label("Your text")
    assert await text.input_value() == "A ladder of twelve rungs #oak"
    await bo.open(post, status=410)
    await text.fill("A ladder of twelve rungs, for Saturday")
    await ada.press("Publish")
    assert ada.path != post
    await bo.open("/community")
    assert (await bo.text()).count("twelve rungs") == 1


async def _publishes_later(ada: Visitor, bo: Visitor) -> None:
    await ada.open("/write")
    await ada.fill("Your text", "Soup is on the table")
    await ada.page.get_by_text("Content note, poll, language").click()
    await ada.page.get_by_text("Publish later", exact=True).first.click()
    day = datetime.now(UTC) + timedelta(days=3)
    await ada.fill("Day", f"{day:%Y-%m-%d}")
    await ada.fill("Time", "12:30")
    await ada.press("Publish")
    assert ada.path.startswith("/scheduled")
    assert "Soup is on the table" in await ada.text()
    await ada.shot("scheduled")
    await bo.open("/community")
    assert "Soup is on the table" not in await bo.text()
    await ada.press("Publish now")
    await bo.open("/community")
    assert "Soup is on the table" in await bo.text()


@TWO_WAYS
async def test_members_show_who_they_are_and_keep_their_peace(
    start_node: StartNode, visit: Visit, tmp_path: Path, look: Look
) -> None:
    node = await given_house(start_node, "ada", "bo")
    ada, bo = await visit(node, "ada", look), await visit(node, "bo", look)
    await _says_who_she_is(ada, tmp_path)
    await _finds_a_colleague(bo)
    await bo.write("Buy my watches", HOUSE)
    await _mutes(ada)
    await _blocks(ada, bo)
    await _chooses_her_language(ada)


async def _says_who_she_is(ada: Visitor, folder: Path) -> None:
    await ada.open("/settings")
    await ada.fill("Name", "Ada of the Quay")
    await ada.fill("About you", "Timber engineer. Ask me about oak.")
    await ada.fill("Line 1, what it is", "Works at")
    await ada.fill("Line 1, what it says", "De Zagerij")
    await ada.press("Save")
    file = folder / "me.png"
    file.write_bytes(picture("PNG"))
    await ada.open("/settings/pictures")
    await ada.page.get_by_label("Choose a picture").first.set_input_files(file)
    await ada.page.get_by_label("What it shows").first.fill("A face between boards")
    await ada.page.locator("main form button.btn--tone").last.click()
    await ada.page.locator("main img.avatar").first.wait_for()


async def _finds_a_colleague(bo: Visitor) -> None:
    await bo.open("/people")
    await bo.press("Ada of the Quay")
    words = await bo.text()
    assert "Ask me about oak." in words and "De Zagerij" in words
    face = bo.page.locator("main .hello img.avatar")
    assert await face.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    await bo.shot("profile-found")


async def _mutes(ada: Visitor) -> None:
    await ada.open("/@bo")
    await ada.pick("Mute for a week")
    assert "Muted until" in await ada.text()
    await ada.open("/community")
    assert "Buy my watches" not in await ada.text()
    await ada.open("/people/muted")
    await ada.press("Bo")
    await ada.pick("Hear them again")
    await ada.open("/community")
    assert "Buy my watches" in await ada.text()


async def _blocks(ada: Visitor, bo: Visitor) -> None:
    await ada.write("Soup at one", HOUSE)
    await ada.open("/@bo")
    await ada.pick("Block: keep them away")
    assert "You keep them away." in await ada.text()
    await bo.open("/@ada")
    assert "closed the door to you" in await bo.text()
    await bo.open("/community")
    assert "Soup at one" not in await bo.text()
    await ada.open("/people/blocked")
    await ada.press("Bo")
    await ada.pick("Lift the block")
    await bo.open("/community")
    assert "Soup at one" in await bo.text()


async def _chooses_her_language(ada: Visitor) -> None:
    await ada.open("/settings/preferences")
    assert await ada.page.locator("html").get_attribute("lang") == "en"
    await ada.page.locator("select[name=language]").select_option("nl")
    await ada.press("Save")
    await ada.open("/")
    assert await ada.page.locator("html").get_attribute("lang") == "nl"
    assert "Schrijven" in await ada.page.locator("header.masthead").inner_text()
