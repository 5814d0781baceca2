"""A Chromium in front of real nodes. Where there is none, these tests say so and are skipped."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Final

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.visitor import Look, Visitor, visitor
from tests.integration.conftest import start_node
from tests.integration.nodes import RunningNode

__all__ = ["start_node"]

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
Visit = Callable[..., Awaitable[Visitor]]


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"no Chromium found: none of {', '.join(_NAMES)} is on the PATH")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield browser
        await browser.close()


@pytest.fixture
async def visit(chromium: Browser) -> AsyncIterator[Visit]:
    """``ada = await visit(node, "ada")``: somebody with a browser of their own, signed in.

    Without a name: a visitor. At the end nothing may have gone wrong in any of
    them: no console errors, no failed requests, none to other hosts.
    """
    async with AsyncExitStack() as stack:
        visitors: list[Visitor] = []

        async def start(node: RunningNode, name: str = "", look: Look | None = None) -> Visitor:
            there = await stack.enter_async_context(visitor(chromium, node, look or Look()))
            visitors.append(there)
            if name:
                await there.sign_in(name)
            return there

        yield start
        for there in visitors:
            assert there.complaints == []
