"""Fixtures of tests that run whole nodes."""

import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from fedinet.accounts import passwords
from fedinet.actors import keys
from tests.conftest import with_database
from tests.integration.households import CHEAP
from tests.integration.nodes import RunningNode, running_node
from tests.integration.spare_keys import next_rsa

StartNode = Callable[..., Awaitable[RunningNode]]


@pytest.fixture(scope="session", autouse=True)
def spare_keys() -> Iterator[None]:
    """Nobody waits for RSA keys: see ``spare_keys``. Commands in processes make their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "generate_rsa", next_rsa)
        yield


@pytest.fixture(scope="module", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Nobody waits for hashes either. What ours cost is for ``tests/unit/accounts`` to say."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "PasswordHasher", lambda: CHEAP)
        yield


@pytest.fixture
async def start_node(
    server_url: str, template_database: str, tmp_path: Path
) -> AsyncIterator[StartNode]:
    """``node = await start_node()``, once for each node that the test needs.

    Each has a database and a data folder of its own. ``set_up=False`` gives a
    node before its first account; any setting may be given by name.
    """
    async with starting_nodes(server_url, template_database, tmp_path) as start:
        yield start


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def start_for_all(
    server_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[StartNode]:
    """``start_node``, for nodes that all tests of a file ask which leave nothing behind."""
    folder = tmp_path_factory.mktemp("for_all")
    async with starting_nodes(server_url, template_database, folder) as start:
        yield start


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Who asks a node of the whole file runs in the loop in which it lives."""
    for item in items:
        if "start_for_all" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@asynccontextmanager
async def starting_nodes(
    server_url: str, template_database: str, folder: Path
) -> AsyncGenerator[StartNode]:
    """``start_node``, for a fixture that lives in another loop."""
    async with AsyncExitStack() as stack:
        admin = await asyncpg.connect(server_url)
        stack.push_async_callback(admin.close)
        peers: list[RunningNode] = []

        async def start(**options: object) -> RunningNode:
            name = f"fedinet_node_{uuid.uuid4().hex[:12]}"
            await admin.execute(
                f"CREATE DATABASE {name} TEMPLATE {template_database} STRATEGY file_copy"
            )
            stack.push_async_callback(admin.execute, f"DROP DATABASE {name} WITH (FORCE)")
            url = with_database(server_url, name)
            data = folder / name
            data.mkdir()
            return await stack.enter_async_context(running_node(url, data, peers=peers, **options))

        yield start
