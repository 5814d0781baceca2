"""A Chromium in front of real nodes. Where there is none, these tests say so and are skipped."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.chromium import running_chromium
from tests.browser.visitor import PATIENCE_MS, Contexts, Look, Visitor, visitor
from tests.integration.conftest import StartNode, quick_passwords, spare_keys, starting_nodes
from tests.integration.nodes import RunningNode

__all__ = ["quick_passwords", "spare_keys"]

_HERE: Final = Path(__file__).parent
Visit = Callable[..., Awaitable[Visitor]]


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """One loop for all of them, so that they share a browser."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Contexts]:
    """One browser for the run. Whoever visits has a context to themselves."""
    expect.set_options(timeout=PATIENCE_MS)
    async with running_chromium() as browser:
        yield Contexts(browser)


@pytest_asyncio.fixture(loop_scope="session")
async def start_node(
    server_url: str, template_database: str, tmp_path: Path
) -> AsyncIterator[StartNode]:
    async with starting_nodes(server_url, template_database, tmp_path) as start:
        yield start


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Contexts) -> AsyncIterator[Visit]:
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
                await there.come_in(name)
            return there

        yield start
        for there in visitors:
            assert await there.complained() == []
