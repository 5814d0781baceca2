"""A steward at the desk: reports of members and visitors, announcements, emoji."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import expect

from fedinet.backups.work import Worker
from fedinet.health.upkeep import count_once
from tests.browser.conftest import Visit
from tests.browser.visitor import TWO_WAYS, Look, Visitor
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.made_files import picture

Start = Callable[..., Awaitable[RunningNode]]
pytestmark = pytest.mark.browser


@TWO_WAYS
async def test_what_a_steward_does_in_a_week(
    start_node: Start, visit: Visit, tmp_path: Path, look: Look
) -> None:
    node = await start_node()
    await given_account(node, "noor", role="owner")
    for name in ("ada", "bo"):
        await given_account(node, name)
    noor, ada, bo = [await visit(node, name, look) for name in ("noor", "ada", "bo")]
    nobody = await visit(node, look=look)
    post = await bo.write("Buy my watches, all of you", "Everyone Anyone on the web")
    await _report(ada, post)
    answer = await _report_as_a_visitor(nobody, post)
    await _settle_both(noor)
    await nobody.open(answer)
    assert "We spoke with them." in await nobody.text()
    await bo.open("/settings/standing")
    assert "No advertising here" in await bo.text()
    await _takes_the_record_out(noor)
    await _keeps_the_community_safe(noor, look)
    await count_once(node.pool, datetime.now(UTC))
    await _figures_are_told(noor)
    await _does_again_what_was_given_up(noor, ada, bo)
    await _unfold_the_desk(noor)
    await _announce(noor, ada)
    await _add_an_emoji(noor, tmp_path)
    await ada.write("It went well :oak:", "This community only")
    assert await ada.page.locator("article img.emoji").get_attribute("alt") == ":oak:"


async def _report(ada: Visitor, post: str) -> None:
    await ada.open(post)
    await ada.page.locator("article .menu > summary").click()
    await ada.press("Report this post")
    await ada.page.get_by_label("What is it about?").select_option(label="Unwanted advertising")
    await ada.fill("What should the stewards know?", "Three times this week")
    await ada.press("Send the report")
    assert "The stewards of this community will look at it." in await ada.text()


async def _report_as_a_visitor(nobody: Visitor, post: str) -> str:
    await nobody.open(post)
    await nobody.press("Report this")
    await nobody.page.locator("main select").select_option("other")
    await nobody.page.locator("main textarea").first.fill("They write to me too")
    async with nobody.page.expect_navigation():
        await nobody.page.locator("main button.btn--tone").click()
    assert "Keep the address of this page" in await nobody.text()
    return nobody.path


async def _settle_both(noor: Visitor) -> None:
    """One line stands for both reports; the older is left open, and settled by what is done."""
    await noor.open("/admin")
    await noor.desk("Reports")
    await _look_at_bo(noor, "2 reports about Bo")
    answering = noor.page.locator("main form").filter(has_text="Answer to the visitor")
    await answering.get_by_role("checkbox").uncheck()
    await noor.fill("Answer to the visitor (optional)", "We spoke with them.")
    await noor.press("Mark as settled")
    await noor.open("/admin/reports")
    await _look_at_bo(noor, "Bo")
    await noor.page.get_by_role("radio").first.check()
    await noor.fill("In your own words (optional)", "No advertising here")
    await noor.shot("report")
    await noor.press("Do it")
    await noor.open("/admin/reports")
    assert "Nothing to look at" in await noor.text()


async def _look_at_bo(noor: Visitor, head: str) -> None:
    main = noor.page.locator("main")
    assert await main.locator("li h2").all_inner_texts() == [head]
    await main.get_by_role("link", name="Bo").click()
    await noor.page.wait_for_url("**/admin/reports/*")


async def _takes_the_record_out(noor: Visitor) -> None:
    await noor.desk("What happened", "Decisions")
    async with noor.page.expect_download() as saving:
        await noor.page.get_by_role("link", name="Download it").click()
    lines = (await (await saving.value).path()).read_text(encoding="utf-8").splitlines()
    assert "No advertising here" in json.loads(lines[-1])["reason"]


async def _keeps_the_community_safe(noor: Visitor, look: Look) -> None:
    """The whole of it in one file, and the words without which nobody reads that."""
    await noor.open("/admin/backups")
    await noor.press("Show the passphrase")
    secret = await noor.page.locator("main p.mono").inner_text()
    await noor.press("I keep a copy elsewhere")
    assert "Keep a copy of the passphrase" not in await noor.text()
    await noor.open("/admin/backups/passphrase")
    assert "@noor keeps a copy elsewhere" in await noor.text() and secret not in await noor.text()
    await noor.press("Back to the backups")
    await noor.press("Make one now")
    assert "starts soon" in await noor.text() and "Asked for by @noor" in await noor.text()
    await noor.shot("backups")
    if look.scripts:  # the file is the same however it was asked for
        settings = noor.node.services.settings
        await asyncio.to_thread(Worker(settings, configuration="").work_off)
        await noor.open("/admin/backups")
        assert "starts soon" not in await noor.text() and "KB" in await noor.text()


async def _does_again_what_was_given_up(noor: Visitor, ada: Visitor, bo: Visitor) -> None:
    await ada.write("Dear @bo, is it well again?", "This community only")
    await noor.node.pool.execute("UPDATE signals SET failed_at = now(), last_error = 'KeyError'")
    await noor.node.drain()
    await bo.open("/notifications")
    assert "is it well again?" not in await bo.text()
    await noor.open("/admin/deliveries")
    named = noor.page.locator("section[aria-labelledby=own-h] .name")
    assert len(await named.all_inner_texts()) == 1, "signals of several kinds, in one line"
    await noor.shot("own-work-given-up")
    await noor.press("Try all of it again")
    assert "Our own work" not in await noor.text()
    await noor.node.drain()
    await bo.open("/notifications")
    assert "is it well again?" in await bo.text()


async def _unfold_the_desk(noor: Visitor) -> None:
    """On a phone its pages are one line, which the keyboard opens."""
    await noor.change(Look(width=390))
    await noor.open("/admin/reports")
    pages = noor.page.locator(".subnav")
    assert not await pages.get_by_role("link", name="Health").is_visible()
    await pages.locator("summary").focus()
    await noor.page.keyboard.press("Enter")
    await pages.get_by_role("link", name="Health").wait_for()
    await noor.shot("desk-unfolded")
    await noor.press("Health")
    assert noor.path == "/admin/health"
    await noor.open("/admin/media")
    await noor.shot("storage")
    await noor.open("/admin/health")
    await noor.change(Look())


async def _figures_are_told(noor: Visitor) -> None:
    """Each drawing says in words what it shows, and the same figures stand in a table."""
    await noor.open("/admin/health")
    drawn = noor.page.locator("section:has(> svg.chart)")
    assert await drawn.count() >= 2
    for section in await drawn.all():
        title = await section.get_by_role("heading").inner_text()
        told = re.compile(rf"^{re.escape(title)} From .+ to .+\. The most on one of them: .*\d")
        await expect(section.get_by_role("img")).to_have_accessible_name(told)
        await section.locator("summary").click()
        cells = await section.get_by_role("table", name=title).get_by_role("cell").all_inner_texts()
        most = (await section.locator(".meta").first.inner_text()).removeprefix("At most").strip()
        assert most in cells


async def _announce(noor: Visitor, ada: Visitor) -> None:
    await noor.open("/admin/announcements")
    await noor.fill("What you want to announce", "Soup on *Friday* at one")
    await noor.press("Announce", exact=True)
    await ada.open("/")
    assert "Soup on Friday at one" in await ada.text()
    await ada.press("I’ve read it")
    await ada.open("/")
    assert "Soup on Friday" not in await ada.text()


async def _add_an_emoji(noor: Visitor, folder: Path) -> None:
    file = folder / "oak.png"
    file.write_bytes(picture("PNG"))
    await noor.open("/admin/emoji")
    await noor.page.get_by_label("Choose a picture").set_input_files(file)
    await noor.fill("Name", "oak")
    await noor.press("Add", exact=True)
    assert ":oak:" in await noor.text()
