"""From right to left: posts within a page in Dutch, and whole pages."""

from typing import Final

import pytest
from playwright.async_api import expect

from fedinet.http import pages
from fedinet.http.i18n import direction
from tests.browser.conftest import Visit
from tests.browser.visitor import Look, Visitor
from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode

pytestmark = pytest.mark.browser

_ARABIC: Final = (
    "صباح الخير، عندي سلّم من اثنتي عشرة درجة (ladder) لمن يحتاجه!\n\n"
    "- واحد\n- اثنان\n\n> قال أحدهم إنه ثقيل."
)
_HEBREW: Final = "בוקר טוב! יש לי סולם, 12 שלבים."
_ENDS: Final = """
words => {
    const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walk.nextNode() && !walk.currentNode.data.includes(words));
    const range = document.createRange();
    const start = walk.currentNode.data.indexOf(words);
    range.setStart(walk.currentNode, start);
    range.setEnd(walk.currentNode, start + 1);
    const line = range.getClientRects()[0], box = walk.currentNode.parentElement
        .closest("p, li, h4, summary > *").getBoundingClientRect();
    return [Math.round(line.left - box.left), Math.round(box.right - line.right)];
}
"""
"""How far the first of these letters stands from the left and the right of its place."""

_SIDES: Final = """
body => [body.querySelector("blockquote"), body.querySelector("ul")].map(one => {
    const style = getComputedStyle(one);
    const of = side => ["border-%-width", "padding-%"]
        .reduce((sum, one) => sum + parseFloat(style.getPropertyValue(one.replace("%", side))), 0);
    return of("right") > of("left") ? "right" : "left";
})
"""
"""On which side of a quotation its bar stands, and on which side of a list its markers."""

_ROWS: Final = """
() => [...document.querySelectorAll(".acts")].map(row => {
    const acts = [...row.querySelectorAll(":scope > .act")];
    return [new Set(acts.map(act => act.getBoundingClientRect().top)).size,
            acts.slice(2).every(act => act.querySelector(".icon").getBoundingClientRect().width)];
})
"""
"""Of the buttons below each post: their lines, and whether Share and Save show their signs."""

_FIRST_IS_LEFT: Final = """
handle => {
    const range = document.createRange(), text = handle.firstChild;
    range.setStart(text, 0);
    range.setEnd(text, 1);
    return Math.abs(range.getBoundingClientRect().left - handle.getBoundingClientRect().left) < 1;
}
"""


async def test_what_is_written_from_right_to_left_reads_so(
    start_node: StartNode, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    arabic: set[str] = set()  # for want of a language that is shipped and written so
    monkeypatch.setattr(pages, "direction", lambda one: direction("ar" if one in arabic else one))
    node = await start_node()
    ada = await given_app(node, "ada")
    await node.pool.execute("UPDATE actors SET name = 'أَدا' WHERE username = 'ada'")
    thread = await _speaks(ada)
    await node.pool.execute("UPDATE accounts SET language = 'nl'")
    reader = await visit(node, "ada", Look(locale="nl-BE"))
    await reader.open("/community")
    await _stands(reader, right=("صباح", "واحد", "בוקר"), left=("Goedemorgen",))
    arabic_body = reader.page.locator(".post-body[lang=ar]")
    await expect(arabic_body).to_have_attribute("dir", "rtl")
    assert await arabic_body.evaluate(_SIDES) == ["right", "right"], "its bar and its markers"
    await _is_kept(reader, "directions-posts")
    for width in (390, 320):
        await reader.change(Look(width=width))
        rows = await reader.page.evaluate(_ROWS)
        assert rows and all(row == [1, True] for row in rows), (width, rows)
    notes = reader.page.locator(".prose > ol").first
    assert await notes.evaluate("notes => getComputedStyle(notes).borderTopStyle") == "solid"
    await reader.change(Look())

    arabic.add("nl")
    for name, path in (("home", "/community"), ("thread", thread), ("settings", "/settings")):
        await reader.open(path)
        assert await reader.page.evaluate("document.documentElement.dir") == "rtl"
        await _is_kept(reader, f"directions-{name}")
    await reader.open("/community")
    await _stands(reader, right=("صباح", "בוקר"), left=("Goedemorgen",))
    handle = reader.page.locator(".person .meta bdi").first
    assert await handle.evaluate(_FIRST_IS_LEFT), "@ stands before the name"


async def _speaks(ada: App) -> str:
    await ada.publish("Goedemorgen (iedereen)!^[Tot 12.]", language="nl")
    await ada.publish(_HEBREW, language="en", spoiler_text="שלום לכולם")
    post = await ada.publish(_ARABIC, language="ar")
    await ada.publish("Twaalf treden? 12, وليس 13.", language="nl", in_reply_to_id=post["id"])
    return f"/@ada/{post['id']}"


async def _stands(reader: Visitor, *, right: tuple[str, ...], left: tuple[str, ...]) -> None:
    await reader.page.evaluate("document.querySelectorAll('.cw').forEach(e => e.open = true)")
    for words in (*right, *left):
        before, after = await reader.page.evaluate(_ENDS, words)
        assert (after <= 1) is (words in right), (words, before, after)
        assert (before <= 1) is (words in left), (words, before, after)


async def _is_kept(reader: Visitor, name: str) -> None:
    for look in (Look(), Look(width=390)):
        await reader.change(look)
        await reader.shot(name)
    await reader.change(Look(width=320))
    await reader.fits(name)
    await reader.change(Look())
