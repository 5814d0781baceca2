"""An ordinary day: by the keys alone and in Dutch, and with lists and filters."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

import pytest

from fedinet.actors.store import find_local_by_name
from fedinet.db.pool import transaction
from fedinet.follows.commands import follow
from tests.browser.conftest import Visit
from tests.browser.visitor import TWO_WAYS, Look, Visitor
from tests.integration.browser import PASSWORD
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.test_dutch_pages import foreign_words, mark_dutch

Start = Callable[..., Awaitable[RunningNode]]
pytestmark = pytest.mark.browser

_FOCUSED: Final = """
() => {
    if (document.activeElement === document.body) return ["", true, true];
    const e = document.activeElement, around = e.closest(".choice-card") ?? e;
    const rings = [e, around].some(one => {
        const style = getComputedStyle(one);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    });
    const box = around.getBoundingClientRect();
    const shows = box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight;
    const words = e.innerText || e.labels?.[0]?.innerText || e.id || "";
    return [words, rings, shows];
}
"""
_MOST_TABS: Final = 40


async def test_from_the_door_to_an_answer_in_dutch(
    start_node: Start, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ada by the keys alone, Bo without scripts; all that they read is of the catalogue."""
    marked = mark_dutch(monkeypatch)
    node = await start_node()
    for name, language in (("ada", "nl"), ("bo", "en")):
        account, _ = await given_account(node, name)
        await node.pool.execute(
            "UPDATE accounts SET language = $2 WHERE id = $1", account, language
        )
    await _writes_by_the_keys_alone(await visit(node, look=Look(locale="nl-BE")), marked.gettext)
    plain = Look(width=390, scheme="dark", scripts=False, locale="nl-BE")
    await _answers_without_scripts(await visit(node, look=plain), marked.gettext)
    assert marked.unknown == set()


async def reads_dutch(reader: Visitor) -> None:
    html = await reader.page.content()
    assert '<html lang="nl"' in html, reader.path
    assert foreign_words(html) == set(), reader.path


async def _writes_by_the_keys_alone(ada: Visitor, say: Callable[[str], str]) -> None:
    keys = ada.page.keyboard
    await ada.open("/sign-in")
    await reads_dutch(ada)
    await keys.press("Tab")
    assert await focus(ada) == say("Skip to the content")
    await keys.press("Enter")
    assert await tab_to(ada, say("Name or e-mail")) == 1, "past the head of the page"
    await keys.type("ada")
    await tab_to(ada, say("Password"))
    await keys.type(PASSWORD)
    async with ada.page.expect_navigation():
        await keys.press("Enter")
    await reads_dutch(ada)
    await tab_to(ada, say("Write"))
    async with ada.page.expect_navigation():
        await keys.press("Enter")
    await tab_to(ada, say("This community only"))
    await keys.press("ArrowDown")
    assert say("This community only") not in await focus(ada)
    await keys.press("ArrowUp")
    await tab_to(ada, say("Your text"))
    await keys.type("Goedemorgen")
    await reads_dutch(ada)
    await tab_to(ada, say("Publish"))
    async with ada.page.expect_navigation():
        await keys.press("Enter")
    assert "Goedemorgen" in await ada.text()
    assert say("This community only") in await ada.text()
    await tab_to(ada, say("More about this post"))
    await keys.press("Enter")
    await tab_to(ada, say("Change this post"))
    await keys.press("Escape")
    assert await focus(ada) == say("More about this post"), "the menu closes, and is where it was"


async def _answers_without_scripts(bo: Visitor, say: Callable[[str], str]) -> None:
    """The browser's language as long as nobody is known, then the member's."""
    await bo.open("/")
    await reads_dutch(bo)
    await bo.press(say("Sign in"), within="header")
    bo.expected.add(422)
    for password in ("niemand", PASSWORD):
        await reads_dutch(bo)
        await bo.fill(say("Name or e-mail"), "bo")
        await bo.fill(say("Password"), password)
        await bo.press(say("Sign in"))
    assert await bo.page.locator("html").get_attribute("lang") == "en", "as bo likes it"
    await bo.open("/settings/preferences")
    await bo.page.get_by_label("Language of the pages").select_option(label="Nederlands")
    await bo.press("Save")
    await reads_dutch(bo)
    await bo.press(say("Community"), within="header nav")
    await reads_dutch(bo)
    await bo.press(say("Reply"))
    await reads_dutch(bo)
    await bo.fill(say("Your text"), "Brood is klaar @ada")
    await bo.press(say("See how it looks"))
    await reads_dutch(bo)
    await bo.press(say("Publish"))
    await reads_dutch(bo)
    await bo.node.drain()
    for path in ("/", "/notifications", "/people", "/@ada", "/search?q=brood", "/settings"):
        await bo.open(path)
        await reads_dutch(bo)
    await bo.fill(say("About you"), "Brood voor iedereen")
    await bo.press(say("Save"))
    await reads_dutch(bo)
    await bo.page.locator(".menu--face > summary").click()
    await bo.press(say("Sign out"), within="header")
    await reads_dutch(bo)


async def focus(ada: Visitor) -> str:
    """The words of what has the focus, which is to be seen, with a ring around it."""
    words, rings, shows = await ada.page.evaluate(_FOCUSED)
    assert rings and shows, f"{ada.path}: {words}"
    return words.strip()


async def tab_to(ada: Visitor, words: str) -> int:
    """Press Tab until something of these words has the focus; returns how often."""
    passed: list[str] = []
    for number in range(1, _MOST_TABS):
        await ada.page.keyboard.press("Tab")
        passed.append(await focus(ada))
        if words in passed[-1]:
            return number
    raise AssertionError(f"no {words} among {passed}")


@TWO_WAYS
async def test_lists_and_filters_keep_things_apart(
    start_node: Start, visit: Visit, look: Look
) -> None:
    node = await start_node()
    for name in ("ada", "bo", "cy"):
        await given_account(node, name)
    async with transaction(node.pool) as tx:
        me = await find_local_by_name(node.pool, "ada")
        for name in ("bo", "cy"):
            other = await find_local_by_name(node.pool, name)
            assert me is not None and other is not None
            await follow(tx, me, other, now=datetime.now(UTC))
        await tx.execute("UPDATE follows SET state = 'accepted'")
    ada, bo, cy = [await visit(node, name, look) for name in ("ada", "bo", "cy")]
    await ada.open("/lists")
    await ada.fill("What it is called", "The quay")
    await ada.press("Make the list")
    await ada.press("Add", within="section:has-text('Add people you follow')")
    await ada.open("/settings/filters/new")
    await ada.fill("What it is called", "Watches")
    await ada.fill("Words and phrases", "watches")
    await ada.press("Save")
    await bo.write("Boards from the quay", "My followers")
    await cy.write("Cheap watches for sale", "My followers")
    await node.drain()
    await ada.open("/lists")
    await ada.press("The quay", exact=True)
    words = await ada.text()
    assert "Boards from the quay" in words and "watches" not in words
    await ada.open("/")
    folded = ada.page.locator("article", has_text="You filter “Watches”")
    assert not await folded.get_by_text("Cheap watches").is_visible()
    await folded.get_by_text("Show anyway").click()
    assert await folded.get_by_text("Cheap watches").is_visible()
    await ada.open("/search")
    await ada.fill("A name, a handle, an address or words", "Cy")
    await ada.press("Search")
    await ada.press("Cy", within="ul.register")
    assert ada.path == "/@cy"
