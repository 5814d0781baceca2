"""What comes between servers: a refusal that ends, a move, and a site that means ill."""

import pytest

from tests.browser.conftest import Visit
from tests.browser.test_stories import given_house
from tests.browser.visitor import Look, Visitor
from tests.integration.browser import PASSWORD
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server
from tests.integration.nodes import RunningNode
from tests.integration.test_delivery_pages import rule

pytestmark = pytest.mark.browser

_PHONE = Look(width=390, scheme="dark", scripts=False)


async def test_what_was_refused_is_sent_again_and_a_friend_moves_in(
    start_node: StartNode, visit: Visit
) -> None:
    here, there = await given_house(start_node, "ada", "cy"), await given_house(start_node, "bo")
    await here.pool.execute(
        "UPDATE accounts SET role = 'owner'"
        " WHERE actor_id = (SELECT id FROM actors WHERE username = 'ada' AND is_local)"
    )
    ada, bo, cy = (
        await visit(here, "ada"),
        await visit(there, "bo", _PHONE),
        await visit(here, "cy"),
    )
    await _follows(ada, bo, there.domain)
    await _sends_again_what_was_refused(ada, bo, here, there)
    await _moves_in(ada, bo, cy)


async def _follows(ada: Visitor, bo: Visitor, domain: str) -> None:
    await ada.open("/search")
    await ada.fill("A name, a handle, an address or words", f"@bo@{domain}")
    await ada.press("Search")
    await ada.press("Ask to follow")
    await ada.node.drain()
    await bo.open("/requests")
    await bo.press("Let them follow")
    await ada.node.drain()


async def _sends_again_what_was_refused(
    ada: Visitor, bo: Visitor, here: RunningNode, there: RunningNode
) -> None:
    """The steward sees it on the desk, and sends it when the cause is gone."""
    await rule(there, here, refused=True)
    await ada.write(f"@bo@{there.domain} Is the ladder back?", "Only people mentioned")
    await here.drain()
    await ada.open("/admin/deliveries")
    words = await ada.text()
    assert "That server refused it." in words and there.domain in words
    await ada.shot("given-up")
    await bo.open("/notifications")
    assert "Is the ladder back?" not in await bo.text()
    await rule(there, here, refused=False)
    await ada.press("Send again")
    await here.drain()
    assert "Nothing was given up" in await ada.text()
    await bo.open("/notifications")
    assert "Is the ladder back?" in await bo.text()


async def _moves_in(ada: Visitor, bo: Visitor, cy: Visitor) -> None:
    """Both accounts name each other, and who follows the old one comes along."""
    old, new = f"@bo@{bo.node.domain}", f"@cy@{cy.node.domain}"
    await bo.open("/settings/moving")
    bo.expected.add(422)
    await _goes(bo, new)
    assert "One thing to put right" in await bo.text(), "the new account has not said so yet"
    await cy.open("/settings/moving")
    await cy.fill("Account on another server", old)
    await cy.press("Name it as mine")
    assert old in await cy.text()
    await _goes(bo, new)
    assert "You have moved" in await bo.text()
    await ada.node.drain()
    await ada.open("/people/following")
    assert "Cy" in await ada.text()
    await ada.open(f"/{old}")
    assert "Bo has moved." in await ada.text()
    await ada.press("To the new account")
    assert "Cy" in await ada.text()


async def _goes(bo: Visitor, new: str) -> None:
    await bo.fill("Your new account", new)
    await bo.fill("Present password", PASSWORD)
    await bo.press("Move away")


async def test_another_site_neither_frames_nor_acts(start_node: StartNode, visit: Visit) -> None:
    """It is of the same host as far as cookies can tell, which is the worst that there is."""
    node = await given_house(start_node, "ada")
    ada = await visit(node, "ada")
    post = await ada.write("Who has a ladder to lend?", "This community only")
    async with foreign_server() as there:
        there.serve("/trap", _trap(node.origin, post), content_type="text/html")
        ada.elsewhere = there.origin
        ada.expected.add(403)
        page = await ada.page.context.new_page()
        await page.goto(f"{there.origin}/trap")
        framed = page.frame_locator("iframe").locator("body")
        assert "ladder" not in await framed.inner_text()
        for number in range(await page.locator("form").count()):
            await page.goto(f"{there.origin}/trap")
            async with page.expect_navigation() as going:
                await page.locator("form button").nth(number).click()
            answer = await going.value
            assert answer is not None and answer.status == 403, answer.url
        await page.close()
    await ada.open("/community")
    words = await ada.text()
    assert "Sent by another site" not in words and "ladder to lend" in words


def _trap(origin: str, post: str) -> bytes:
    fields = (
        '<input name="text" value="Sent by another site"><input name="audience" value="everyone">'
    )
    paths = ("/write", f"{post}/delete", "/sign-out", "/settings/password")
    forms = "".join(
        f'<form method="post" action="{origin}{path}">{fields}<button>Win a ladder</button></form>'
        for path in paths
    )
    return f'<title>Win</title><iframe src="{origin}{post}"></iframe>{forms}'.encode()
