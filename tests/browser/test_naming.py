"""The list of people under a text in which somebody is named, in a real browser."""

from typing import Final

import pytest
from playwright.async_api import Page, expect

from fedinet.http import pages
from fedinet.http.i18n import direction
from tests.browser.conftest import Visit
from tests.browser.test_scripts import faults
from tests.browser.test_stories import given_house
from tests.browser.visitor import Look, Visitor
from tests.integration.conftest import StartNode
from tests.integration.households import given_account

pytestmark = pytest.mark.browser

_PLACES: Final = """
() => {
    const box = one => one.getBoundingClientRect();
    const text = box(document.getElementById("text")), list = box(document.getElementById("names"));
    return [[text.left, text.right, text.bottom], [list.left, list.right, list.top]];
}
"""
_IS_SEEN: Final = """
option => {
    const {left, bottom} = option.getBoundingClientRect();
    return option.contains(document.elementFromPoint(left + 20, bottom - 8));
}
"""
_STANDS_OUT: Final = """
option => {
    const on = getComputedStyle(option), list = getComputedStyle(option.parentElement);
    return [on.outlineStyle, parseFloat(on.outlineWidth), parseFloat(list.borderTopWidth),
            on.outlineColor !== list.backgroundColor && on.color !== on.backgroundColor];
}
"""


async def test_people_are_named_from_a_list(start_node: StartNode, visit: Visit) -> None:
    node = await given_house(start_node, "ada", "bo")
    ada, bo = await visit(node, "ada"), await visit(node, "bo")
    await people_are_named(bo)
    await given_account(node, "adam")
    await keys_leave_the_text_as_everywhere(bo)
    await nobody_is_warned_while_a_name_is_written(bo)
    post = await ada.write("Who has a ladder to lend?", "This community only")
    await people_are_named_in_an_answer(bo, post)


async def people_are_named(bo: Visitor) -> None:
    """By the beginning of their name, from a list that moves nothing and takes no focus."""
    await bo.open("/write")
    await bo.runs("compose.js")
    page, keys, said = bo.page, bo.page.keyboard, bo.page.locator("#said")
    text, names = page.get_by_label("Your text"), page.locator("#names [role=option]")
    below = page.get_by_text("Content note, poll, language")
    place = await below.bounding_box()
    await text.press_sequentially("To @a")
    await expect(names).to_contain_text(["Ada @ada"])
    await expect(names).to_have_attribute("aria-selected", "true")
    await expect(text).to_have_attribute("aria-activedescendant", "name-1")
    await expect(said).to_contain_text("1 person")
    assert await below.bounding_box() == place
    assert await faults(page) == []
    for width, least in ((1280, 24), (320, 24)):
        await page.set_viewport_size({"width": width, "height": 900})
        box = await names.bounding_box()
        assert box is not None and box["height"] >= least
        await bo.fits("names")
    await bo.change(bo.look)
    await keys.press("Escape")
    await expect(names).to_have_count(0)
    await text.press("d")
    await keys.press("Enter")
    await expect(text).to_have_value("To @ad\n")
    await text.press_sequentially("@ad")
    await expect(names).to_have_count(1)
    await keys.press("ArrowDown")
    await keys.press("Enter")
    await expect(text).to_have_value("To @ad\n@ada ")
    await expect(text).to_be_focused()
    await keys.press("ControlOrMeta+z")
    await expect(text).to_have_value("To @ad\n@ad")
    await text.fill("")
    await text.press_sequentially("(@AD")
    await names.click()
    await expect(text).to_have_value("(@ada ")
    await expect(text).to_be_focused()
    await text.fill("")


async def test_the_list_fits_wherever_it_opens(
    start_node: StartNode, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From right to left, in letters twice as large, on a narrow phone, in forced colours."""
    turned: set[str] = set()
    monkeypatch.setattr(pages, "direction", lambda one: direction("ar" if one in turned else one))
    node = await given_house(start_node, "ada", "bo")
    await node.pool.execute("UPDATE actors SET name = 'Ada ' || repeat('Long', 30)")
    ada, bo = await visit(node, "ada"), await visit(node, "bo")
    post = await ada.write("Who has a ladder to lend?", "This community only")
    for is_turned in (False, True):
        turned.update({"en"} if is_turned else ())
        for path, look in (("/write", Look()), (post, Look(width=320))):
            await bo.change(look)
            await opens(bo, path)
            await stands_under_the_text(bo.page, is_turned=is_turned)
            await bo.fits(f"{path} turned {is_turned}")
            await bo.shot(
                f"names-{'write' if path == '/write' else 'reply'}-{is_turned}", whole=False
            )
    turned.clear()
    await bo.change(Look(width=640))  # a desk at 200 %
    await opens(bo, post)
    await stands_under_the_text(bo.page, is_turned=False)
    await bo.page.evaluate("document.documentElement.style.fontSize = '32px'")
    await types(bo)
    await stands_under_the_text(bo.page, is_turned=False)
    await bo.change(Look())
    await opens(bo, "/write")
    await bo.page.emulate_media(forced_colors="active")
    option = bo.page.get_by_role("option").first
    style, thick, edge, differs = await option.evaluate(_STANDS_OUT)
    assert style == "solid" and thick >= 2 and edge >= 1 and differs
    await bo.shot("names-forced", whole=False)


async def opens(bo: Visitor, path: str) -> None:
    await bo.open(path)
    await bo.runs("compose.js")
    await types(bo)


async def types(bo: Visitor) -> None:
    text = bo.page.locator("#text")
    await text.fill("")
    await text.press_sequentially("To @ada")
    await expect(bo.page.locator("#names")).to_be_visible()


async def stands_under_the_text(page: Page, *, is_turned: bool) -> None:
    """At the side where lines begin, and not out of the window."""
    text, names = await page.evaluate(_PLACES)
    width = await page.evaluate("document.documentElement.clientWidth")
    begins = text[1] - names[1] if is_turned else names[0] - text[0]
    assert abs(begins) <= 2, (text, names)
    assert names[0] >= 0 and names[1] <= width, (text, names)
    assert -1 <= names[2] - text[2] <= 16, (text, names)
    option = page.get_by_role("option").first
    assert await option.evaluate(_IS_SEEN), "its foot is not below the window, nor behind the bar"


async def keys_leave_the_text_as_everywhere(bo: Visitor) -> None:
    page, keys = bo.page, bo.page.keyboard
    text, names = page.get_by_label("Your text"), page.locator("#names [role=option]")
    for moved, left in (((), "Hi @ada"), (("ArrowDown",), "Hi @adam ")):
        await text.fill("")
        await text.press_sequentially("Hi @ada")
        await expect(names).to_have_count(2)
        for key in (*moved, "Tab"):
            await keys.press(key)
        await expect(names).to_have_count(0)
        await expect(text).not_to_be_focused()
        await expect(text).to_have_value(left)
    await text.fill("")
    await text.press_sequentially("Hi @ada")
    await expect(names).to_have_count(2)
    await keys.press("Shift+Tab")
    await expect(text).not_to_be_focused()
    await expect(text).to_have_value("Hi @ada")
    await text.fill("")


async def nobody_is_warned_while_a_name_is_written(bo: Visitor) -> None:
    """While the list is open. Once it is put away, it is said."""
    page, clock = bo.page, bo.page.clock
    await clock.install()
    await bo.open("/write")
    await bo.runs("compose.js")
    text, names = page.get_by_label("Your text"), page.locator("#names [role=option]")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(bo.node.origin)))
    await text.press_sequentially("Hi @a")
    await clock.run_for(200)
    await expect(names).to_have_count(2)
    await clock.run_for(5000)
    assert "/write/readers" not in asked
    await page.keyboard.press("Escape")
    async with page.expect_response("**/write/readers"):
        await clock.run_for(600)
    await expect(page.get_by_text("they will not be told: @a").filter(visible=True)).to_be_visible()
    await text.fill("")
    await clock.resume()


async def people_are_named_in_an_answer(bo: Visitor, post: str) -> None:
    await opens(bo, post)
    text = bo.page.locator("#text")
    await bo.page.keyboard.press("Enter")
    await expect(text).to_have_value("To @ada ")
    await bo.page.get_by_role("button", name="Send the reply").click()
    await bo.page.locator("#talk").get_by_role("link", name="@ada").wait_for()
