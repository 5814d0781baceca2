"""An ordinary day: by the keys alone and in Dutch, and with lists and filters."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

import pytest

from fedinet.actors.store import find_local_by_name
from fedinet.db.pool import transaction
from fedinet.follows.commands import follow
from fedinet.http.i18n import catalogue
from tests.browser.conftest import Visit
from tests.browser.visitor import TWO_WAYS, Look, Visitor
from tests.integration.browser import PASSWORD
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode

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


async def test_from_the_door_to_a_post_in_dutch_and_by_the_keys_alone(
    start_node: Start, visit: Visit
) -> None:
    node = await start_node()
    await given_account(node, "ada")
    await node.pool.execute("UPDATE accounts SET language = 'nl'")
    say = catalogue("nl").gettext
    ada = await visit(node, look=Look(locale="nl-BE"))
    keys = ada.page.keyboard
    await ada.open("/sign-in")
    assert await ada.page.evaluate("() => document.documentElement.lang") == "nl"
    await keys.press("Tab")
    assert await focus(ada) == say("Skip to the content")
    await keys.press("Enter")
    assert await tab_to(ada, say("Name or e-mail")) == 1, "past the head of the page"
    await keys.type("ada")
    await tab_to(ada, say("Password"))
    await keys.type(PASSWORD)
    async with ada.page.expect_navigation():
        await keys.press("Enter")
    await tab_to(ada, say("Write"))
    async with ada.page.expect_navigation():
        await keys.press("Enter")
    await tab_to(ada, say("This community only"))
    await keys.press("ArrowDown")
    assert say("This community only") not in await focus(ada)
    await keys.press("ArrowUp")
    await tab_to(ada, say("Your text"))
    await keys.type("Goedemorgen allemaal")
    await tab_to(ada, say("Publish"))
    async with ada.page.expect_navigation():
        await keys.press("Enter")
    assert "Goedemorgen allemaal" in await ada.text()
    assert say("This community only") in await ada.text()
    await tab_to(ada, say("More about this post"))
    await keys.press("Enter")
    await tab_to(ada, say("Change this post"))
    await keys.press("Escape")
    assert await focus(ada) == say("More about this post"), "the menu closes, and is where it was"


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
