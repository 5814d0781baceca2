"""One migrated template database per run; a clone of it for each test that asks."""

import asyncio
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from fedinet.db.migrate import migrate
from fedinet.db.query import Conn, Pool
from tests.dealing import deal

_ENOUGH_BYTES: Final = 2 * 1024**3
_COMPILED: Final = Path(sys.prefix) / "compiled"

# A busy machine is no fault of the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_configure() -> None:
    """Keep compiled modules, for us and every process that a test starts.

    The tests start hundreds of processes. Where the environment forbids bytecode, each would
    compile all of its modules again: a second and a half instead of half a one.
    """
    if sys.dont_write_bytecode:
        sys.dont_write_bytecode = False
        sys.pycache_prefix = str(_COMPILED)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(_COMPILED)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """See ``dealing``. Alone, a run keeps the order of the files."""
    workers: dict[str, int] = getattr(config, "workerinput", {})
    if workers:
        items[:] = deal(items, workers["workercount"])


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server: the one named in FEDINET_TEST_DATABASE_URL, else an embedded one."""
    given = os.environ.get("FEDINET_TEST_DATABASE_URL")
    if given:
        yield given
        return
    from fedinet.db.embedded import throwaway_server

    folder = _folder_in_memory() or tmp_path_factory.mktemp("pg")
    try:
        with throwaway_server(folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template_database(server_url: str) -> Iterator[str]:
    """The name of a migrated database, to be cloned."""
    name = f"fedinet_template_{uuid.uuid4().hex[:12]}"
    asyncio.run(_make_template(server_url, name))
    yield name
    asyncio.run(_drop(server_url, name))


@pytest.fixture
async def database_url(server_url: str, template_database: str) -> AsyncIterator[str]:
    """A fresh migrated database of this test's own."""
    name = f"fedinet_test_{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(server_url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template_database} STRATEGY file_copy")
    try:
        yield with_database(server_url, name)
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with asyncpg.create_pool(database_url, min_size=1, max_size=8) as pool:
        yield pool


@pytest.fixture(scope="session")
def clean_database(server_url: str, template_database: str) -> Iterator[str]:
    """One more clone, for tests that leave nothing behind: it stays as it was migrated."""
    name = f"fedinet_clean_{uuid.uuid4().hex[:12]}"
    asyncio.run(_clone(server_url, template_database, name))
    yield with_database(server_url, name)
    asyncio.run(_drop(server_url, name))


@pytest.fixture
async def tx(clean_database: str) -> AsyncIterator[Conn]:
    """A connection with an open transaction, rolled back at the end."""
    conn = await asyncpg.connect(clean_database)
    transaction = conn.transaction()
    await transaction.start()
    try:
        yield conn
    finally:
        await transaction.rollback()
        await conn.close()


def _folder_in_memory() -> Path | None:
    """Where there is memory to spare: cloning a database there takes a twentieth of the time."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < _ENOUGH_BYTES:
        return None
    return Path(tempfile.mkdtemp(prefix="fedinet-test-", dir=memory))


async def _make_template(server_url: str, name: str) -> None:
    admin = await asyncpg.connect(server_url)
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    await migrate(with_database(server_url, name))


async def _clone(server_url: str, template: str, name: str) -> None:
    admin = await asyncpg.connect(server_url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    await admin.close()


async def _drop(server_url: str, name: str) -> None:
    admin = await asyncpg.connect(server_url)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


def with_database(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{name}" + (f"?{query}" if query else "")
