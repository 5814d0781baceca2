"""The Chromium of this machine: of several, the one that takes least of it."""

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from playwright.async_api import Browser, async_playwright

NAMES: Final = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
"""The first shows pages as the others do, without a window around them that is drawn for nobody:
a story takes it half of the time."""

_ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@asynccontextmanager
async def running_chromium() -> AsyncGenerator[Browser]:
    """A browser without anybody's data. Where there is none, the test says so and is skipped."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"no Chromium found: none of {', '.join(NAMES)} is on the PATH")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield browser
        await browser.close()
