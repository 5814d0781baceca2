"""A conversation on paper: what was said, black on white, and nothing to press."""

import re

from tests.browser.conftest import Visit
from tests.browser.visitor import Look
from tests.integration.conftest import StartNode
from tests.integration.households import given_account

_SHOWN = """() => [...document.querySelectorAll('nav, form, button, footer, .tools, .acts')]
    .filter(e => e.getClientRects().length).map(e => e.tagName + '.' + e.className)"""
_COLOURS = """() => [document.querySelector('.post-body'), document.body].map(
    (e, i) => getComputedStyle(e)[i ? 'backgroundColor' : 'color'])"""
_TIMES = """() => [...document.querySelectorAll('main time')].map(
    e => getComputedStyle(e, '::after').content)"""
_DESCRIBED = """() => {
    const made = document.querySelector('main').appendChild(document.createElement('details'));
    made.className = 'alt';
    made.innerHTML = '<summary>Description</summary><p>A loaf</p>';
    return [...made.children].map(e => e.checkVisibility({contentVisibilityAuto: true}) ? 1 : 0);
}"""
_CUT = """() => [...document.querySelectorAll('body *:not(.vh, .vh *)')].filter(e => {
    const box = e.getBoundingClientRect();
    return e.checkVisibility() && (box.left < 0 || box.right > innerWidth);
}).map(e => e.outerHTML.slice(0, 80))"""
_LAID_OVER = """() => [...document.querySelectorAll('.post')].filter(post => {
    const time = post.querySelector('.post-time').getBoundingClientRect();
    return [...post.querySelectorAll('.post-head :is(.face, .name bdi, .meta), .post-via span')]
        .flatMap(one => [...one.getClientRects()])
        .some(line => line.left < time.right && time.left < line.right
            && line.top < time.bottom && time.top < line.bottom);
}).map(post => post.innerText.slice(0, 100))"""
"""Whose full date stands on the face or the words of their head."""
_EMPTY = """() => [...document.querySelectorAll('main :is(h1, h2, h3)')].filter(head =>
    head.checkVisibility() && !head.closest('.post') && !head.matches('.vh')
    && head.parentElement.children.length > 1
    && ![...head.parentElement.children].some(one => one !== head && one.checkVisibility()))
    .map(head => head.innerText)"""
"""Headings that nothing stands below."""
_PAPER = {"width": 718, "height": 1047}
"""What A4 leaves between its usual margins, in CSS pixels."""
_AFTER_LINKS = """() => [...document.querySelectorAll('.post-body a[href^="http"]')].map(
    one => getComputedStyle(one, '::after').content)"""


async def test_a_conversation_prints_well(start_node: StartNode, visit: Visit) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    await given_account(node, "bo")
    bo = await visit(node, "bo")
    await bo.write("Who bakes? @ada #bread", "Everyone Anyone on the web")
    ada = await visit(node, "ada", Look(scheme="dark"))
    post = await ada.write(
        "Bread is ready, @bo: https://bakery.example/loaf #bread", "Everyone Anyone on the web"
    )
    await ada.takes_over()
    await ada.page.emulate_media(media="print", color_scheme="dark")
    assert await ada.page.evaluate(_SHOWN) == []
    await ada.page.set_viewport_size(_PAPER)
    assert await ada.page.evaluate(_CUT) == [], "paper has no room beside the page"
    ink, paper = await ada.page.evaluate(_COLOURS)
    assert ink == "rgb(0, 0, 0)"
    assert paper in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")
    times = await ada.page.evaluate(_TIMES)
    assert times and all(re.match(r'"\d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d UTC"', one) for one in times)
    assert await ada.page.evaluate(_DESCRIBED) == [0, 1], "the words, and no label over nothing"
    after = await ada.page.evaluate(_AFTER_LINKS)
    assert (
        len(after) == 3
        and [one for one in after if one != "none"] == ['" (" "https://bakery.example/loaf" ")"']
    ) or after[1] == '" (https://bakery.example/loaf)"', after
    for path in ("/", "/community", "/@ada", "/@bo", post):
        await ada.open(path)
        assert await ada.page.locator(".post").count(), path
        assert await ada.page.evaluate(_LAID_OVER) == [], path
        assert await ada.page.evaluate(_EMPTY) == [], path
        assert await ada.page.evaluate(_SHOWN) == [], path
        assert not await ada.page.locator(".write-line").first.is_visible(), path
    pdf = await ada.page.pdf()
    assert pdf.startswith(b"%PDF-") and len(pdf) > 1000


async def test_letters_print_as_a_list_without_buttons(start_node: StartNode, visit: Visit) -> None:
    node = await start_node()
    for name in ("ada", "bo"):
        await given_account(node, name)
    bo, ada = await visit(node, "bo"), await visit(node, "ada")
    await bo.write("@ada Is the ladder back?", "Only people mentioned")
    await node.drain()
    await ada.open("/conversations")
    buttons = ada.page.locator("main .btn >> visible=true")
    assert await buttons.count() == 2, "one to write to somebody, one to answer"
    await ada.takes_over()
    await ada.page.emulate_media(media="print")
    assert await buttons.count() == 0
    assert await ada.page.locator("main .talk-line").is_visible()
    assert await ada.page.evaluate(_SHOWN) == []
