"""The first evening of a community: from one command to an answer from another server.

A real ``fedinet serve`` with its own PostgreSQL and worker, a real browser, and
a server that others wrote. Nothing is called from within.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.browser.chromium import running_chromium
from tests.integration.processes import PATIENCE_S, Folder, Served, free_port
from tests.interop.fedify_peer import FedifyPeer, running_peer, why_not

pytestmark = [pytest.mark.interop, pytest.mark.browser]
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with running_chromium() as browser:
        yield await browser.new_page()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    folder = Folder(tmp_path / "data", free_port())
    yield await asyncio.to_thread(folder.serve, "--allow-private-networks", "127.0.0.0/8")
    await asyncio.to_thread(folder.clean_up)


@pytest.fixture
async def peer() -> AsyncIterator[FedifyPeer]:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    async with running_peer() as running:
        yield running


async def test_from_one_command_to_an_answer_from_elsewhere(
    served: Served, peer: FedifyPeer, page: Page
) -> None:
    origin = served.folder.origin
    ada = f"{origin}/users/ada"
    await set_up(page, served)

    await peer.send("mira", ada, activity(peer, "follows/1", "Follow", ada))
    await until(page, f"{origin}/notifications", "Let them follow")
    await page.get_by_role("button", name="Let them follow").first.click()
    await peer.wait_for(lambda received: received["type"] == "Accept")

    await page.goto(f"{origin}/write")
    await page.check("#a-everyone")
    await page.fill("#text", "Who has a ladder to lend?")
    await page.get_by_role("button", name="Publish").click()
    await page.wait_for_url(re.compile("/@ada/[0-9]+"))
    thread = page.url
    create = await peer.wait_for(lambda received: received["type"] == "Create")
    assert create["object"]["content"] == "<p>Who has a ladder to lend?</p>"

    note = {
        "id": f"{peer.origin}/notes/1",
        "type": "Note",
        "attributedTo": peer.actor("mira"),
        "inReplyTo": create["object"]["id"],
        "content": "<p>I have one, of twelve rungs</p>",
        "published": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "to": PUBLIC,
        "cc": ada,
        "tag": [{"type": "Mention", "href": ada, "name": "@ada"}],
    }
    answer = activity(peer, "notes/1/activity", "Create", note) | {"to": PUBLIC, "cc": ada}
    await peer.send("mira", ada, answer)
    await until(page, thread, "of twelve rungs")


async def set_up(page: Page, served: Served) -> None:
    """Open a set-up link, and answer its questions."""
    made = await asyncio.to_thread(served.folder.facts, "admin", "setup-link")
    await page.goto(str(made["link"]))
    await page.get_by_label("Name of the community").fill("Scheldt Guild")
    await page.get_by_label("Who you are, in one line").fill("Builders along the river")
    await page.get_by_label("Time zone").select_option(label="Brussels, Belgium")
    await page.get_by_label("Your name", exact=True).fill("Ada Peeters")
    await page.get_by_label("Your name in addresses").fill("ada")
    await page.get_by_label("Password").fill("a sentence that nobody guesses")
    await page.get_by_role("button", name="Open the doors").click()
    await page.wait_for_url(f"{served.folder.origin}/admin/mail?setup=1")


async def until(page: Page, address: str, words: str) -> None:
    """Read a page again, as a person would, until the words stand there."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            await page.goto(address)
            if words in await page.inner_text("main"):
                return
            await asyncio.sleep(0.1)


def activity(peer: FedifyPeer, path: str, kind: str, of: object) -> dict[str, object]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{peer.origin}/{path}",
        "type": kind,
        "actor": peer.actor("mira"),
        "object": of,
    }
