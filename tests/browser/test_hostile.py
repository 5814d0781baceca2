"""What hostile people elsewhere write, in a real browser: nothing runs, nothing breaks out."""

from collections.abc import Awaitable, Callable
from typing import Final

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.hostile import given_hostile_things
from tests.browser.judge import TOO_WIDE
from tests.browser.visitor import ARTEFACTS, Look, Visitor
from tests.integration.foreign_server import foreign_server
from tests.integration.nodes import RunningNode

Start = Callable[..., Awaitable[RunningNode]]
pytestmark = pytest.mark.browser

_SHOWN: Final = ("markup", "turned", "report")
"""Whose pictures are kept; those of the others are tens of thousands of pixels high."""
_ALL_THERE: Final = """
    SELECT (SELECT count(*) FROM posts JOIN actors a ON a.id = author_id WHERE NOT a.is_local),
           (SELECT count(*) FROM reports), (SELECT count(*) FROM likes),
           (SELECT count(*) FROM cards WHERE said IS NOT NULL), (SELECT count(*) FROM join_requests)
"""
_OUTSIDE: Final = """
() => {
    const found = [];
    const turns = /[\\u202a-\\u202e\\u2066-\\u2069]/;
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = walk.nextNode(); text; text = walk.nextNode()) {
        if (!turns.test(text.data) || text.parentElement.closest(".prose")) continue;
        let around = text.parentElement;
        const same = () => around.textContent.trim() === text.data.trim();
        const apart = () => getComputedStyle(around).unicodeBidi !== "normal"
            || getComputedStyle(around).display !== "inline";
        while (same() && !apart()) around = around.parentElement;
        if (!same()) found.push("turns: " + around.outerHTML.slice(0, 200));
    }
    for (const name of document.querySelectorAll('.name a[href^="/@"] > bdi')) {
        const box = name.getBoundingClientRect();
        if (box.height > 150) found.push("tall: " + name.outerHTML.slice(0, 200));
        if (box.height && name.scrollWidth > name.clientWidth + 1
            && getComputedStyle(name).overflow === "visible")
            found.push("wide: " + name.outerHTML.slice(0, 200));
    }
    for (const emoji of document.querySelectorAll(".emoji")) {
        const box = emoji.getBoundingClientRect();
        if (Math.abs(box.width - box.height) > 1) found.push("moves: " + emoji.outerHTML);
    }
    const foreign = "script:not([src]), img[onerror], svg[onload], iframe, main style, [style]";
    for (const one of document.querySelectorAll(foreign)) found.push(one.outerHTML.slice(0, 200));
    for (const link of document.querySelectorAll("a[href]"))
        if (!/^https?:|^mailto:/.test(link.href)) found.push(link.outerHTML.slice(0, 200));
    if (window.__owned) found.push("ran");
    return found;
}
"""
_SHAPES: Final = """
() => [...document.querySelectorAll(".gallery img")].map(image => image.getBoundingClientRect())
    .filter(box => box.width < 20 || box.height < 20 || box.height > innerHeight)
    .map(box => `${box.width} x ${box.height}`)
"""
_IN_SIGHT: Final = """
async image => {
    await image.decode();
    const box = image.getBoundingClientRect();
    return box.top >= 0 && box.left >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
}
"""


async def test_what_others_write_runs_nowhere_and_stays_in_its_place(
    start_node: Start, visit: Visit
) -> None:
    node = await start_node()
    async with foreign_server() as there:
        pages = await given_hostile_things(node, there)
        ada = await visit(node, "ada", Look(width=320))
        boxes: list[str] = []
        faults: dict[str, list[str]] = {}
        ada.page.on("dialog", lambda box: boxes.append(box.message))
        for name, path in {
            "home": "/",
            "notifications": "/notifications",
            "community": "/community",
            "people": "/people",
            "answer": pages["thread"].replace("/@ada/", "/write?reply="),
            "search": "/search?q=ab",
            "reports": "/admin/reports",
            "joining": "/admin/joining",
            "lists": "/lists",
            "log": "/admin/policy/log",
            "announcements": "/admin/announcements",
            **pages,
        }.items():
            await ada.open(path)
            faults[name] = await _faults(ada, name)
        assert {name: found for name, found in faults.items() if found} == {}
        assert boxes == []
        there_is = await node.pool.fetchrow(_ALL_THERE)
        assert there_is is not None and tuple(there_is) == (19, 6, 6, 5, 5)
        await ada.open(pages["thread"])
        words = await ada.page.content()
        assert all(said in words for said in ("&lt;script&gt;window.__owned", "wwwww", "🦩"))
        await _shows_pictures_of_any_shape(ada, pages["shapes"])
        await _is_led_nowhere_else(ada)
        await _sends_no_form_of_others(ada)


async def _faults(ada: Visitor, name: str) -> list[str]:
    """With all that is folded open, and at the smallest width."""
    await ada.takes_over()
    await ada.page.evaluate(
        "() => document.querySelectorAll('details:not(.menu)').forEach(e => e.open = true)"
    )
    found: list[str] = await ada.page.evaluate(_OUTSIDE)
    if name in _SHOWN:
        await ada.page.screenshot(path=ARTEFACTS / f"hostile-{name}.png", full_page=True)
    return found + await ada.page.evaluate(TOO_WIDE)


async def _shows_pictures_of_any_shape(ada: Visitor, path: str) -> None:
    """They come late, in their place, and each can be looked at."""
    page = ada.page
    for look in (Look(), Look(width=320)):
        await ada.change(look)
        await ada.open(path)
        pictures = page.locator(".gallery img")
        await expect(pictures).to_have_count(4)
        for number in range(4):
            await pictures.nth(number).scroll_into_view_if_needed()
            await expect(pictures.nth(number)).to_have_js_property("complete", value=True)
        assert await page.evaluate(_SHAPES) == []
        await ada.shot("hostile-shapes")
        await ada.runs("gallery.js")
        await pictures.first.click()
        shown = page.locator("dialog.viewer img")
        for _ in range(4):
            assert await shown.evaluate(_IN_SIGHT), await shown.evaluate("e => e.src")
            await page.keyboard.press("ArrowRight")
        await page.keyboard.press("Escape")


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
    """A form without its token changes nothing."""
    ada.expected.add(403)
    await ada.open("/write")
    await ada.fill("Your text", "Not mine to send")
    await ada.page.evaluate("() => { document.querySelector('main [name=csrf]').value = 'guess'; }")
    await ada.press("Publish")
    await ada.open("/@ada")
    assert "Not mine to send" not in await ada.text()
