"""What our scripts add to pages that are whole without them, in a real browser."""

import asyncio
import re
import warnings
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import pytest
from playwright.async_api import FilePayload, Page, Route, expect

from fedinet.streaming.hub import HUB, Hub
from tests import made_files
from tests.browser.conftest import Visit
from tests.browser.judge import FOLDER, why_no_axe
from tests.browser.test_stories import given_house
from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.integration.nodes import RunningNode
from tests.made_files import picture

Start = Callable[..., Awaitable[RunningNode]]
pytestmark = pytest.mark.browser

PRESSED = {"l": "Thanked", "b": "Shared", "s": "Saved"}
LED_BY = {
    "n": "/write",
    "g h": "/",
    "g c": "/community",
    "g n": "/notifications",
    "g p": "/people",
    "g s": "/search",
}
"""Keys of the place that they lead to."""


_TWICE: Final = "button => { button.focus(); button.click(); button.click(); }"
"""The second time while the first is under way, however fast the answer is."""

_GIVE: Final = """
([kind, what, bytes]) => {
    const given = new DataTransfer(), init = {bubbles: true, cancelable: true};
    if (what === "Files") {
        const file = new File([new Uint8Array(bytes)], "b.png", {type: "image/png"});
        given.items.add(file);
    } else given.setData("text/plain", what);
    const event = kind === "drop" ? new DragEvent("drop", {...init, dataTransfer: given})
        : new ClipboardEvent("paste", {...init, clipboardData: given});
    document.getElementById("files").dispatchEvent(event);
    return event.defaultPrevented;
}
"""
"""Drop or paste a picture; whether the page took it."""
_WATCH_BAR: Final = """
() => {
    window.furthest = 0;
    new MutationObserver(all => {
        for (const {target} of all) window.furthest = Math.max(window.furthest, target.value);
    }).observe(document.querySelector("form:has(#files)"),
               {subtree: true, attributes: true, attributeFilter: ["value"]});
}
"""
"""How far the bar of an upload went."""
_HIDE: Final = """
is_hidden => {
    Object.defineProperty(document, "hidden", {value: is_hidden, configurable: true});
    dispatchEvent(new Event("visibilitychange"));
}
"""


async def test_pages_grow_nicer_with_scripts(start_node: Start, visit: Visit) -> None:
    node = await given_house(start_node, "ada", "bo")
    ada, bo = await visit(node, "ada"), await visit(node, "bo")
    await ada.write("Who has a ladder to lend?", "This community only")
    await bo.open("/community")
    await buttons_are_pressed_in_place(bo)
    await a_writer_is_helped(bo)
    await pictures_open_over_the_page(bo)
    await an_answer_stands_in_its_conversation(ada, bo)
    await files_are_dropped_and_pasted(bo)
    await films_and_sounds_have_their_player(bo)
    await posts_are_gone_through_by_keys(bo)
    await pages_are_told_of_what_is_new(node, ada, bo)


async def buttons_are_pressed_in_place(bo: Visitor) -> None:
    await bo.runs("inplace.js")
    page, said = bo.page, bo.page.locator("#said")
    await page.evaluate("window.stayed = true")
    thank = page.locator("article.post").get_by_role("button", name="Thank")
    await thank.evaluate(_TWICE)  # the second press of the two changes nothing
    await page.wait_for_selector("button[aria-pressed=true]")
    assert await page.evaluate("document.activeElement.innerText") == "Thanked"
    await expect(said).to_have_text("Thanked")
    await page.keyboard.press("Enter")
    await expect(said).to_have_text("Taken back")
    await page.get_by_role("button", name="Save").press("Enter")
    await expect(said).to_have_text("Saved")
    more = page.locator("article.post details.menu > summary")
    await more.click()
    await page.get_by_role("button", name="Tell me no more").click()
    await expect(said).to_contain_text("no more")
    assert await page.locator("article.post details.menu[open]").count() == 0
    await more.press("Enter")
    assert await page.get_by_role("button", name="Tell me of this conversation again").is_visible()
    await page.keyboard.press("Escape")
    assert await page.locator("details.menu[open]").count() == 0
    assert await page.evaluate("window.stayed"), "no page was loaded for all that"
    await bo.open("/saved")
    assert "Who has a ladder" in await bo.text()
    bo.expected.add(404)
    await bo.open("/community")
    await bo.page.evaluate("document.querySelector('form.acts').action += '/gone'")
    await bo.press("Thank")
    assert "/acts/gone" in bo.path, "what goes wrong in place is sent as without scripts"


async def pages_are_told_of_what_is_new(node: RunningNode, ada: Visitor, bo: Visitor) -> None:
    await ada.open("/@bo")
    await ada.press("Ask to follow")
    await node.drain()
    await bo.open("/requests")
    await bo.press("Let them follow")
    await node.drain()
    second = await ada.page.context.new_page()  # another window, which shares the stream
    await second.goto(node.origin + "/")
    await ada.open("/")
    fresh, elsewhere = ada.page.locator(".fresh a"), second.locator(".fresh a")
    bell = ada.page.locator("#bell .nav-dot")
    hub = node.app[HUB]
    await bo.write("One loaf", "This community only")
    await node.drain()
    await expect(fresh).to_have_text("One new post")
    await expect(elsewhere).to_have_text("One new post")
    assert "One loaf" not in await ada.text(), "nothing is put under the eyes of a reader"
    await bo.write("@ada Two loaves", "This community only")
    await node.drain()
    await expect(fresh).to_have_text("New posts: 2")
    await expect(bell).to_be_visible()
    await ada.shot("home-new-posts")
    await ada.press("New posts: 2")
    assert "Two loaves" in await ada.text()
    await expect(fresh).to_have_count(0)
    await expect(bell).to_be_visible()
    await a_hidden_page_listens_to_nothing(hub, ada.page, second)
    for one in (ada.page, second):
        await one.evaluate("sessionStorage.setItem('draft ada /write', '')")
    await ada.page.locator(".menu--face > summary").click()
    await ada.press("Sign out", within="header")
    for one in (ada.page, second):
        await one.wait_for_function("sessionStorage.length === 0")  # no draft is left in any window
    await hub._look_at_tokens()
    assert {one.member.username for one in hub._connections if not one.is_over} <= {"bo"}


async def a_hidden_page_listens_to_nothing(hub: Hub, *windows: Page) -> None:
    def listening() -> int:
        return sum(one.member.username == "ada" and not one.is_over for one in hub._connections)

    async def until(most: int) -> None:
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while listening() != most:  # noqa: ASYNC110  # the hub tells nobody
                await asyncio.sleep(0.05)

    await until(1)
    for window in windows:
        await window.evaluate(_HIDE, True)
    await until(0)
    for window in windows:
        await window.evaluate(_HIDE, False)
    await until(1)


async def faults(page: Page) -> list[str]:
    """What axe-core finds on a page as it stands open; without axe-core the test says so."""
    if (why := why_no_axe()) is not None:
        warnings.warn(f"axe-core did not look: {why}", stacklevel=2)
        return []
    await page.evaluate((FOLDER / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
    return await page.evaluate(
        "async () => (await axe.run()).violations.map(one => one.id + one.nodes[0].html)"
    )


async def the_readers_are_said(page: Page) -> None:
    """While people are being named, and for each audience."""
    await page.get_by_label("Your text").press_sequentially("For @ada and @nobody ")
    await expect(page.get_by_text("Ada will not get it: they do not follow you.")).to_be_visible()
    await page.get_by_role("radio", name="Only people mentioned").check()
    await expect(page.get_by_text("You and Ada will see this.")).to_be_visible()
    await expect(page.get_by_text("they will not be told: @nobody").last).to_be_visible()
    await expect(page.get_by_role("button", name="Send to those mentioned")).to_be_visible()
    await page.get_by_role("radio", name="My followers").check()


async def a_writer_is_helped(bo: Visitor) -> None:
    page, text = bo.page, bo.page.get_by_label("Your text")
    await bo.open("/write")
    await bo.runs("compose.js")
    await expect(page.get_by_text("You and Ada will see this")).to_be_visible()
    await page.get_by_role("radio", name="My followers").check()
    await expect(page.get_by_text("Nobody follows you yet")).to_be_visible()
    await the_readers_are_said(page)
    await text.fill("x" * 4999)
    await expect(page.get_by_text("Characters left: 1")).to_be_visible()
    await text.fill("Such *good* bread")
    await bo.open("/community")
    await bo.open("/write")
    await expect(text).to_have_value("Such *good* bread")
    await page.get_by_role("link", name="Begin afresh").click()
    await expect(text).to_have_value("")
    bo.expected.add(422)
    await bo.press("Publish")  # too early
    await bo.runs("compose.js", "files.js")
    await text.fill("Such *good* bread")
    await page.get_by_role("button", name="See how it looks").click()
    await expect(page.locator("#preview em")).to_have_text("good")
    await expect(page.locator("#preview")).to_be_focused()
    await expect(page.get_by_text("Write something first")).to_have_count(0)
    await page.get_by_role("button", name="See how it looks").click()
    await expect(page.locator("#preview")).to_have_count(1)
    await pictures_are_chosen(bo)


async def pictures_are_chosen(bo: Visitor) -> None:
    page = bo.page
    loaf: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": picture()}
    await page.get_by_label("Choose a file").set_input_files([loaf, loaf])
    await expect(page.locator(".chosen img")).to_have_count(2)
    about = page.locator(".chosen textarea")
    await expect(about.last).to_be_focused()
    await about.last.fill("A second loaf")
    await page.get_by_role("button", name="Take it off").first.click()
    await expect(about).to_have_count(1)
    await expect(about).to_have_value("A second loaf")
    await page.get_by_label("Choose a file").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    bo.expected.add(422)
    await expect(page.get_by_role("button", name="Go on without it")).to_be_focused()
    assert bo.path == "/write"
    assert await faults(page) == []
    await page.locator(".chosen > img").click(position={"x": 20, "y": 20})
    await page.locator(".chosen > img").click(position={"x": 64, "y": 20})
    await expect(page.get_by_role("option", name="The point you pressed")).to_have_count(1)
    await expect(page.get_by_label("What stays in sight")).to_have_value(
        re.compile(r"-?0\.0\d,0\.\d+")
    )
    await bo.press("Publish")  # not without the one that was refused
    await expect(page.get_by_role("alert")).to_be_focused()
    await page.get_by_role("link", name="Pictures, films or sounds: “a.png” is not taken").click()
    await page.get_by_role("button", name="Go on without it").click()
    await expect(page.get_by_text("is not taken")).to_have_count(0)
    await bo.press("Publish")
    await expect(page.locator("article.post .media img")).to_have_attribute("alt", "A second loaf")
    await bo.open("/write")
    await expect(page.get_by_label("Your text")).to_have_value("")


async def files_are_dropped_and_pasted(bo: Visitor) -> None:
    page, gone = bo.page, asyncio.Event()

    async def hold(route: Route) -> None:
        await gone.wait()
        await route.continue_()

    await bo.open("/write?as=article")  # where the field for files stands open
    await bo.runs("files.js")
    await page.evaluate(_WATCH_BAR)
    await page.route("**/write", hold, times=1)
    assert await page.evaluate(_GIVE, ["drop", "Files", [*picture()]]), "not opened by the browser"
    bar = page.get_by_role("progressbar", name="b.png")
    await expect(bar).to_be_visible()
    gone.set()
    await expect(page.locator(".chosen > img")).to_have_count(1)
    await expect(bar).to_have_count(0)
    assert await page.evaluate("window.furthest") == 1
    assert await page.evaluate(_GIVE, ["paste", "Files", [*picture()]])
    await expect(page.locator(".chosen > img")).to_have_count(2)
    assert not await page.evaluate(_GIVE, ["paste", "words", []]), "words are pasted as ever"
    for _ in range(2):
        kept = await page.locator(".chosen").count()
        await page.get_by_role("button", name="Take it off").first.click()
        await expect(page.locator(".chosen")).to_have_count(kept - 1)


async def films_and_sounds_have_their_player(bo: Visitor) -> None:
    page = bo.page
    await bo.open("/write")
    await bo.runs("files.js")
    for name, media_type, made in (
        ("a.mp4", "video/mp4", made_files.film()),
        ("a.mp3", "audio/mpeg", made_files.mp3()),
    ):
        file: FilePayload = {"name": name, "mimeType": media_type, "buffer": made}
        chosen = await page.locator(".chosen").count()
        await page.get_by_label("Choose a file").set_input_files(file)
        await expect(page.locator(".chosen")).to_have_count(chosen + 1)
        await page.locator(".chosen textarea").last.fill(f"What {name} is")
    await page.get_by_label("Your text").fill("To be seen and heard")
    await page.get_by_label("Everyone", exact=False).first.check()
    await bo.press("Publish")
    for kind, name in (("video", "a.mp4"), ("audio", "a.mp3")):
        player = page.locator(f"article.post {kind}").first
        await expect(player).to_have_js_property("controls", True)
        await expect(player).to_have_js_property("autoplay", False)
        await expect(player).to_have_js_property("preload", "none")
        await expect(player).to_have_accessible_name(f"What {name} is")


async def posts_are_gone_through_by_keys(bo: Visitor) -> None:
    page, keys = bo.page, bo.page.keyboard
    post = await bo.write("Bread for everyone", "Everyone Anyone on the web")
    await bo.open("/community")
    await bo.runs("keys.js", "inplace.js")
    posts = page.locator("article.post")
    await keys.press("j")
    for letter, said in PRESSED.items():
        await keys.press(letter)
        await expect(posts.first.get_by_role("button", name=said)).to_be_visible()
    await keys.press("j")
    await expect(posts.nth(1)).to_be_focused()
    await keys.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    await bo.shot("keys")
    assert await faults(page) == []
    await keys.press("k")
    await keys.press("Escape")
    await keys.press("k")
    await expect(posts.first).to_be_focused()
    async with page.expect_navigation():
        await keys.press("o")
    assert bo.path == post
    await bo.open("/community")
    await bo.runs("keys.js")
    await keys.press("j")
    async with page.expect_navigation():
        await keys.press("r")
    assert bo.path.startswith("/write?reply=")
    await bo.runs("keys.js")
    await page.get_by_label("Your text").press("n")
    await page.locator("h1").click()
    await every_place_has_its_keys(bo)
    await bo.open("/settings/preferences")
    await page.get_by_label("Single letters are keys").uncheck()
    await bo.press("Save")
    await bo.open("/community")
    assert await page.locator("#said[data-keys]").count() == 0


async def every_place_has_its_keys(bo: Visitor) -> None:
    """From one to the next; and the page of keys tells of these and the others."""
    for letters, path in LED_BY.items():
        async with bo.page.expect_navigation():
            for letter in letters.split():
                await bo.page.keyboard.press(letter)
        assert bo.path.partition("?")[0] == path
        await bo.runs("keys.js")
    await bo.page.keyboard.press("/")
    await expect(bo.page.locator("main input[name=q]")).to_be_focused()
    await bo.open("/help/keys")
    told = {" ".join(one.split()) for one in await bo.page.locator("#keys dt").all_inner_texts()}
    assert told == {*LED_BY, *PRESSED, *"jkor?/"}


async def pictures_open_over_the_page(bo: Visitor) -> None:
    page = bo.page
    await bo.open("/write")
    await bo.runs("files.js")
    await bo.fill("Your text", "Before and after")
    loaf: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": picture()}
    for number, said in enumerate(("Before", "After")):
        await page.get_by_label("Choose a file").set_input_files(loaf)
        await page.locator(".chosen textarea").nth(number).fill(said)
    await bo.press("Publish")
    await bo.runs("gallery.js")
    first = page.locator(".gallery img").first
    await its_blurhash_stands_in_its_place(bo)
    await first.click()
    viewer, words = page.locator("dialog.viewer"), page.locator("dialog.viewer [role=status]")
    await expect(words).to_have_text("1 / 2 Before")
    await page.keyboard.press("ArrowRight")
    await expect(words).to_have_text("2 / 2 After")
    await viewer.get_by_role("button", name="Previous").click()
    await expect(words).to_have_text("1 / 2 Before")
    await bo.shot("viewer")
    assert await faults(page) == []
    await page.keyboard.press("Escape")
    await expect(viewer).to_have_count(0)
    await expect(page.locator(".gallery a").first).to_be_focused()


async def its_blurhash_stands_in_its_place(bo: Visitor) -> None:
    """Until it has come, and of its size; also where it never comes."""
    coming = asyncio.Event()

    async def late(end: Callable[[Route], Awaitable[None]], route: Route) -> None:
        await coming.wait()
        await end(route)

    links, drawn = bo.page.locator(".gallery a"), bo.page.locator(".gallery canvas")
    for end in (Route.continue_, Route.abort):
        coming.clear()
        await bo.page.route("**/small", partial(late, end))
        await bo.page.reload(wait_until="commit")
        await expect(drawn).to_have_count(2)
        assert await drawn.first.bounding_box() == await links.first.bounding_box()
        coming.set()
        await expect(drawn).to_have_count(0)
        await bo.page.unroute("**/small")
    bo.complaints.clear()  # of the picture that never came
    await bo.open(bo.path)
    await bo.runs("gallery.js")


async def an_answer_stands_in_its_conversation(ada: Visitor, bo: Visitor) -> None:
    await ada.open(bo.path)
    await ada.runs("inplace.js")
    path, page = ada.path, ada.page
    for words in ("How well it rose", "What flour is it"):
        await page.get_by_label("Your reply").fill(words)
        await page.get_by_role("button", name="Send the reply").evaluate(_TWICE)
        answer = page.locator("#talk article.post", has_text=words)
        await expect(answer).to_be_focused()
        await expect(page.locator("#said")).to_have_text("Your answer is sent")
        assert "No answer stands here yet" not in await ada.text()
    assert await page.locator("#talk article.post").count() == 2
    await page.get_by_label("Your reply").fill("Ask @nobodyhere")
    await ada.press("Send the reply")
    assert ada.path.startswith("/write?form=") and "lead to nobody" in await ada.text()
    await ada.open(path)
    assert await page.locator("#talk article.post").count() == 2
