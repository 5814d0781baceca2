"""Every registered statement prepares against the migrated schema."""

import importlib
import pkgutil
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

import fedinet
from fedinet.db.query import QUERIES, Conn

for _module in pkgutil.walk_packages(fedinet.__path__, "fedinet."):
    if not _module.name.endswith("__main__"):
        importlib.import_module(_module.name)


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def conn(clean_database: str) -> AsyncIterator[Conn]:
    """One for all: to prepare a statement changes nothing."""
    conn = await asyncpg.connect(clean_database)
    yield conn
    await conn.close()


@pytest.mark.parametrize("name", sorted(QUERIES))
async def test_query_prepares_against_the_schema(conn: Conn, name: str) -> None:
    await conn.prepare(QUERIES[name])
