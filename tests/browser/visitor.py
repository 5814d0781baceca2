"""Somebody with a browser, and all that a browser complains of."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Request,
    Response,
    Route,
    ViewportSize,
    WebError,
)

from fedinet.db.pool import transaction
from fedinet.http.context import ASSETS
from fedinet.http.cookies import session_cookie
from fedinet.http.sessions import open_session
from tests.browser.judge import TOO_WIDE
from tests.integration.browser import PASSWORD
from tests.integration.nodes import RunningNode

ARTEFACTS: Final = Path(__file__).parents[2] / "test-artefacts"
PATIENCE_MS: Final = 20_000
"""An upper bound for a loaded machine; everything waits for a fact, not for time."""

_MOST_SHIFT: Final = 0.1
"""Of the layout, while a page loads: what Web Vitals call good."""

_ACCOUNT: Final = """
    SELECT m.id FROM accounts m JOIN actors a ON a.id = m.actor_id WHERE a.username = $1
"""
_WATCH: Final = """
(most => {
    let shifted = 0, isTouched = false;
    for (const kind of ["pointerdown", "keydown", "input"])
        addEventListener(kind, () => { isTouched = true; }, {capture: true, once: true});
    new PerformanceObserver(list => {
        for (const entry of list.getEntries())
            if (!isTouched && !entry.hadRecentInput) shifted += entry.value;
        if (shifted > most) console.error(`shifts by ${shifted}`);
    }).observe({type: "layout-shift", buffered: true});
})
"""
"""Complains as soon as a page has moved that nobody has touched."""
_SHIFTED: Final = """
() => {
    const watch = new PerformanceObserver(() => {});
    watch.observe({type: "layout-shift", buffered: true});
    return watch.takeRecords().filter(entry => !entry.hadRecentInput)
        .reduce((sum, entry) => sum + entry.value, 0);
}
"""
"""The same, asked once: where scripts are off, no observer is ever called."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a browser shows pages."""

    width: int = 1280
    scheme: Literal["light", "dark"] = "light"
    scripts: bool = True
    locale: str = "en-GB"

    @property
    def name(self) -> str:
        return f"{'phone' if self.width < 600 else 'desk'}-{self.scheme}"

    @property
    def size(self) -> ViewportSize:
        return {"width": self.width, "height": 844 if self.width < 600 else 900}


LOOKS: Final = (Look(), Look(scheme="dark"), Look(width=390, scheme="dark"), Look(width=390))
TWO_WAYS: Final = pytest.mark.parametrize(
    "look",
    [
        pytest.param(Look(), id="desk-light"),
        pytest.param(Look(width=390, scheme="dark", scripts=False), id="phone-dark-no-scripts"),
    ],
)
"""A story at a desk with scripts, and on a phone without."""


@dataclass
class Visitor:
    """One browser with cookies of its own."""

    node: RunningNode
    look: Look
    page: Page = field(init=False)
    complaints: list[str] = field(default_factory=list[str])
    expected: set[int] = field(default_factory=set[int])
    """Statuses of pages that are asked for on purpose, e.g. 404."""
    elsewhere: str = ""
    """Another origin that the story leads to, whose own pages may do as they like."""
    looking: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def open(self, path: str, status: int = 200) -> None:
        """Open a page of our node, and see that it answers as expected."""
        self.expected.add(status)
        answer = await self.page.goto(self.node.origin + path)
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"

    async def takes_over(self) -> None:
        """From now on it is the test that moves what is on this page."""
        await self.page.keyboard.press("Shift")

    async def runs(self, *scripts: str) -> None:
        """Wait until these of our scripts are at work on this page, if any are: they come later."""
        for script in scripts if self.look.scripts else ():
            await self.page.evaluate("url => import(url)", self.node.app[ASSETS].url(script))

    async def press_twice(self, button: Locator) -> None:
        """A nervous finger: both are taken in, and no page came for the first before the second."""
        pressed = asyncio.Event()

        async def hold(route: Route) -> None:
            answer = await route.fetch(max_redirects=0)
            await pressed.wait()
            with suppress(Error):  # given up for the second
                await route.fulfill(response=answer)

        await self.page.route(re.compile(r"/write$"), hold, times=1)
        await button.dblclick()
        pressed.set()

    async def press(self, button: str, *, within: str = "main", exact: bool = False) -> None:
        """Press a button or follow a link by its words, and wait for the next page."""
        place = self.page.locator(within)
        found = place.get_by_role("button", name=button, exact=exact).or_(
            place.get_by_role("link", name=button, exact=exact)
        )
        async with self.page.expect_navigation():
            await found.first.click()

    async def pick(self, words: str) -> None:
        """Choose from the menu of what the page is about, the first that there is."""
        menu = self.page.locator("main details.menu").first
        await menu.locator("summary").click()
        chosen = menu.get_by_role("button", name=words).or_(menu.get_by_role("link", name=words))
        async with self.page.expect_navigation():
            await chosen.click()

    async def desk(self, *names: str) -> None:
        """Go through pages of the stewards' desk, which are folded into one line on a phone."""
        for name in names:
            if self.look.width < 600:
                await self.page.locator(".subnav summary").click()
            await self.press(name, within=".subnav")

    async def fill(self, label: str, text: str) -> None:
        await self.page.get_by_label(label, exact=True).fill(text)

    async def sign_in(self, name: str, password: str = PASSWORD) -> None:
        await self.open("/sign-in")
        await self.page.locator("input[name=login]").fill(name)
        await self.page.locator("input[name=password]").fill(password)
        await self.page.locator("main form button.btn--tone").click()
        await self.page.wait_for_url(self.node.origin + "/")

    async def come_in(self, name: str) -> None:
        """Be signed in already, as somebody who was here before, and stand at home."""
        node = self.node
        async with transaction(node.pool) as tx:
            account = await tx.fetchval(_ACCOUNT, name)
            session = await open_session(
                tx, account, stay=False, user_agent="", now=datetime.now(UTC)
            )
        cookie = session_cookie(node.services.uris.origin)
        await self.page.context.add_cookies(
            [{"name": cookie, "value": session, "url": node.origin, "httpOnly": True}]
        )
        await self.open("/")

    async def write(self, text: str, audience: str) -> str:
        """Write a post for an audience, as its card is named; returns the post's path."""
        await self.open("/write")
        await self.choose(audience)
        await self.fill("Your text", text)
        await self.press("Send to" if audience == "Only people mentioned" else "Publish")
        return self.path

    async def choose(self, audience: str) -> None:
        """Choose for whom it is. On a phone the others are folded into the chosen one."""
        if await (fold := self.page.locator("#audience summary")).is_visible():
            await fold.click()
        await self.page.get_by_role("radio", name=audience).check()

    async def text(self) -> str:
        """The words of the page's content."""
        return await self.page.locator("main").inner_text()

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.node.origin).removesuffix("?published=1")

    async def shot(self, name: str, *, whole: bool = True) -> None:
        """Keep a picture of the page, and see that nothing hangs out at the side."""
        ARTEFACTS.mkdir(exist_ok=True)
        path = ARTEFACTS / f"{name}-{self.look.name}.png"
        await self.page.screenshot(path=path, full_page=whole, animations="disabled")
        await self.fits(name)

    async def fits(self, name: str) -> None:
        too_wide = await self.page.evaluate(TOO_WIDE)
        assert too_wide == [], f"{name} at {self.look.width}: {too_wide}"

    async def shots(self, name: str) -> None:
        """One picture of the page as it stands for each look; and it fits 320 pixels.

        Two of the four are of what is in sight at first: a whole page costs what loading five does.
        """
        for look in LOOKS:
            await self.change(look)
            await self.shot(name, whole=look in (LOOKS[0], LOOKS[2]))
        await self.change(Look(width=320))
        await self.fits(name)
        await self.change(Look())

    async def change(self, look: Look) -> None:
        self.look = look
        await self.page.set_viewport_size(look.size)
        await self.page.emulate_media(color_scheme=look.scheme, reduced_motion="reduce")

    @property
    def ears(self) -> Mapping[str, Callable[..., None]]:
        """What is heard of every window that this browser has."""
        return {
            "console": self.hear,
            "weberror": self.fail,
            "request": self.watch,
            "response": self.check,
            "page": self.meet,
        }

    async def complained(self) -> list[str]:
        """All that went wrong, once every page was looked at."""
        await asyncio.gather(*self.looking)
        return self.complaints

    def hear(self, message: ConsoleMessage) -> None:
        refused = "Failed to load resource" in message.text and any(
            str(status) in message.text for status in self.expected
        )
        typed = "does not conform to the required format" in message.text  # what a form gives back
        if message.type in ("error", "warning") and not refused and not typed:
            self.complain(message.page, f"{message.type}: {message.text}")

    def fail(self, error: WebError) -> None:
        self.complain(error.page, str(error.error))

    def watch(self, request: Request) -> None:
        here = self.node.origin
        if not request.url.startswith(("data:", f"{here}/", f"{self.elsewhere or here}/")):
            self.complaints.append(f"{self.path}: asks {request.url}")

    def check(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.complaints.append(f"{self.path}: {response.status} for {response.url}")

    def meet(self, page: Page) -> None:
        if not self.look.scripts:
            page.on("load", self.look_at)

    def look_at(self, page: Page) -> None:
        self.looking.add(asyncio.create_task(self.see_shifts(page)))

    async def see_shifts(self, page: Page) -> None:
        with suppress(Error):  # it was left meanwhile
            shifted = await page.evaluate(_SHIFTED)
            if shifted > _MOST_SHIFT:
                self.complain(page, f"shifts by {shifted}")

    def complain(self, page: Page | None, words: str) -> None:
        url = self.page.url if page is None else page.url
        if not self.elsewhere or not url.startswith(self.elsewhere):
            self.complaints.append(f"{url}: {words}")


@dataclass
class Contexts:
    """Those of one browser. To open one costs more than four pages, so the next story gets it.

    It comes back without cookies or pages; what a page stores is of its origin, and each node
    has one of its own.
    """

    browser: Browser
    free: dict[Look, list[BrowserContext]] = field(default_factory=dict[Look, list[BrowserContext]])

    @asynccontextmanager
    async def lent(self, look: Look) -> AsyncGenerator[BrowserContext]:
        kept = self.free.setdefault(look, [])
        context = kept.pop() if kept else await self._opened(look)
        yield context
        for page in context.pages[1:]:
            await page.close()
        await context.clear_cookies()
        await context.clear_permissions()
        kept.append(context)

    async def _opened(self, look: Look) -> BrowserContext:
        context = await self.browser.new_context(
            viewport=look.size,
            color_scheme=look.scheme,
            locale=look.locale,
            java_script_enabled=look.scripts,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        await context.add_init_script(f"{_WATCH}({_MOST_SHIFT})")
        await context.new_page()  # keeps the window open
        return context


@asynccontextmanager
async def visitor(contexts: Contexts, node: RunningNode, look: Look) -> AsyncGenerator[Visitor]:
    async with contexts.lent(look) as context:
        there = Visitor(node, look)
        for kind, ear in there.ears.items():
            context.on(kind, ear)
        there.page = await context.new_page()
        yield there
        for kind, ear in there.ears.items():
            context.remove_listener(kind, ear)
