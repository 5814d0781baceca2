"""Somebody with a browser, and all that a browser complains of."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from playwright.async_api import Browser, ConsoleMessage, Page, Request, Response

from tests.integration.browser import PASSWORD
from tests.integration.nodes import RunningNode

ARTEFACTS: Final = Path(__file__).parents[2] / "test-artefacts"
PATIENCE_MS: Final = 20_000
"""An upper bound for a loaded machine; everything waits for a fact, not for time."""

_TOO_WIDE: Final = """
() => [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
                 && getComputedStyle(e).position !== 'absolute'
                 && !e.closest('.hero, .subnav, .vh, svg'))
    .slice(0, 5).map(e => e.tagName + '.' + e.className)
"""


@dataclass(frozen=True, slots=True)
class Look:
    """How a browser shows pages."""

    width: int = 1280
    scheme: Literal["light", "dark"] = "light"

    @property
    def name(self) -> str:
        return f"{'phone' if self.width < 600 else 'desk'}-{self.scheme}"


LOOKS: Final = (Look(), Look(scheme="dark"), Look(width=390), Look(width=390, scheme="dark"))


@dataclass
class Visitor:
    """One browser with cookies of its own."""

    node: RunningNode
    page: Page
    look: Look
    complaints: list[str] = field(default_factory=list[str])
    expected: set[int] = field(default_factory=set[int])
    """Statuses of pages that are asked for on purpose, e.g. 404."""

    async def open(self, path: str, status: int = 200) -> None:
        """Open a page of our node, and see that it answers as expected."""
        self.expected.add(status)
        answer = await self.page.goto(self.node.origin + path)
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"

    async def press(self, button: str, *, within: str = "main") -> None:
        """Press a button or follow a link by its words, and wait for the next page."""
        place = self.page.locator(within)
        found = place.get_by_role("button", name=button).or_(place.get_by_role("link", name=button))
        async with self.page.expect_navigation():
            await found.first.click()

    async def fill(self, label: str, text: str) -> None:
        await self.page.get_by_label(label, exact=True).fill(text)

    async def sign_in(self, name: str, password: str = PASSWORD) -> None:
        await self.open("/sign-in")
        await self.page.locator("input[name=login]").fill(name)
        await self.page.locator("input[name=password]").fill(password)
        await self.page.locator("main form button.btn--tone").click()
        await self.page.wait_for_url(self.node.origin + "/")

    async def write(self, text: str, audience: str) -> str:
        """Write a post for an audience, as its card is named; returns the post's path."""
        await self.open("/write")
        await self.page.get_by_role("radio", name=audience).check()
        await self.fill("Your text", text)
        await self.press("Publish")
        return self.path

    async def text(self) -> str:
        """The words of the page's content."""
        return await self.page.locator("main").inner_text()

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.node.origin)

    async def shot(self, name: str) -> None:
        """Keep a picture of the whole page, and see that nothing hangs out at the side."""
        ARTEFACTS.mkdir(exist_ok=True)
        path = ARTEFACTS / f"{name}-{self.look.name}.png"
        await self.page.screenshot(path=path, full_page=True, animations="disabled")
        width = await self.page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert width <= 0, f"{name}: {await self.page.evaluate(_TOO_WIDE)}"

    def hear(self, message: ConsoleMessage) -> None:
        refused = "Failed to load resource" in message.text and any(
            str(status) in message.text for status in self.expected
        )
        if message.type in ("error", "warning") and not refused:
            self.complaints.append(f"{self.path}: {message.type}: {message.text}")

    def watch(self, request: Request) -> None:
        if not request.url.startswith((self.node.origin + "/", "data:")):
            self.complaints.append(f"{self.path}: asks {request.url}")

    def check(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.complaints.append(f"{self.path}: {response.status} for {response.url}")


@asynccontextmanager
async def visitor(browser: Browser, node: RunningNode, look: Look) -> AsyncGenerator[Visitor]:
    context = await browser.new_context(
        viewport={"width": look.width, "height": 844 if look.width < 600 else 900},
        color_scheme=look.scheme,
        locale="en-GB",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    there = Visitor(node, page, look)
    page.on("console", there.hear)
    page.on("pageerror", lambda error: there.complaints.append(f"{there.path}: {error}"))
    page.on("request", there.watch)
    page.on("response", there.check)
    yield there
    await context.close()
