"""A community that is installed as an app, and no network."""

from typing import Final

import pytest
from playwright.async_api import expect

from fedinet.http.i18n import languages
from tests.browser.conftest import Visit
from tests.browser.test_stories import given_house
from tests.browser.visitor import Visitor
from tests.integration.conftest import StartNode

pytestmark = pytest.mark.browser

_WORKERS: Final = "async () => (await navigator.serviceWorker.getRegistrations()).length"
_KEPT: Final = """
async () => {
    const found = [];
    for (const name of await caches.keys()) {
        const kept = await caches.open(name);
        for (const one of await kept.keys()) {
            const answer = await kept.match(one);
            found.push([new URL(one.url).pathname, await answer.text()]);
        }
    }
    return found;
}
"""
_AT_WORK: Final = """
async () => {
    const { active } = await navigator.serviceWorker.ready;
    while (active.state !== "activated") {
        await new Promise(changed => active.addEventListener("statechange", changed, {once: true}));
    }
}
"""
_INSTALLED: Final = """
const asked = matchMedia, standalone = "(display-mode: standalone)";
window.matchMedia = words => words === standalone ? {matches: true} : asked(words);
"""
"""What pages can tell of it: they have a window of their own."""


async def test_an_installed_community_says_itself_that_there_is_no_network(
    start_node: StartNode, visit: Visit
) -> None:
    node = await given_house(start_node, "ada")
    ada = await visit(node, "ada")
    network = ada.page.context
    assert await ada.page.evaluate(_WORKERS) == 0, "a browser has a page of its own"
    page = ada.page = await network.new_page()
    await page.add_init_script(_INSTALLED)
    await ada.open("/community")
    await page.evaluate(_AT_WORK)
    [[path, html]] = await page.evaluate(_KEPT)
    assert path == "/assets/offline.en.html"
    assert "ada" not in html.lower() and "Test community" not in html

    await ada.open("/people")  # through the worker, as all that follows
    assert await page.evaluate("navigator.serviceWorker.controller !== null")
    assert await page.evaluate(_KEPT) == [[path, html]], "no page of a member is kept"
    await network.set_offline(True)
    await page.goto(node.origin + "/notifications")
    await expect(page.get_by_role("heading")).to_have_text("You are offline")
    await network.set_offline(False)
    await page.get_by_role("link", name="Try again").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Notifications")
    await what_is_written_stays(ada)

    await page.locator(".menu--face > summary").click()
    await ada.press("Sign out", within="header")
    assert await page.evaluate(_WORKERS) == 0
    assert await page.evaluate(_KEPT) == []
    ada.complaints[:] = [one for one in ada.complaints if "ERR_INTERNET_DISCONNECTED" not in one]


async def what_is_written_stays(ada: Visitor) -> None:
    page, network = ada.page, ada.page.context
    await ada.open("/write")
    await ada.runs("compose.js")
    await ada.fill("Your text", "Who has a ladder?")
    await network.set_offline(True)
    button = page.get_by_role("button", name="Publish", exact=False).first
    await button.click()
    await expect(page.get_by_role("alert")).to_contain_text("nothing was sent")
    await page.goto(ada.node.origin + "/saved")
    await expect(page.get_by_role("heading")).to_have_text("You are offline")
    await network.set_offline(False)
    await ada.open("/write")
    await expect(page.get_by_label("Your text")).to_have_value("Who has a ladder?")
    await ada.runs("compose.js")
    await network.set_offline(True)
    await button.click()
    await expect(page.get_by_role("alert")).to_have_count(1)
    await network.set_offline(False)
    await expect(page.get_by_role("alert")).to_have_count(0)
    await ada.press("Publish")
    assert ada.path.startswith("/@ada/")


async def test_the_page_is_there_in_each_language(start_node: StartNode, visit: Visit) -> None:
    node = await given_house(start_node)
    visitor = await visit(node)
    for language in languages():
        await visitor.open(f"/assets/offline.{language}.html")
        assert await visitor.page.evaluate("document.documentElement.lang") == language
        await visitor.shots(f"offline-{language}")
    await visitor.open("/assets/offline.xx.html", 404)
    await visitor.open("/assets/worker.js?xx", 404)
