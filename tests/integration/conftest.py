"""Fixtures of tests that run whole nodes."""

import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

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


@pytest.fixture
def quick_passwords() -> Iterator[None]:
    """Hashes that cost nothing, on nodes that start afterwards: for stories with many sign-ins."""
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
