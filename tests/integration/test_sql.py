"""Every registered statement, and what stands in functions, fits the migrated schema."""

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


# The validator is what CREATE FUNCTION asks: it reads the body against the tables as they are now.
_FUNCTIONS = """
    SELECT p.proname, fmgr_sql_validator(p.oid)
      FROM pg_proc p
      JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'sql'
     WHERE p.pronamespace = 'public'::regnamespace
"""
_GATE = {"keeps_server_away": "domain_blocks", "is_told_as_ally": "audience_members"}


async def test_functions_fit_the_schema(conn: Conn) -> None:
    found = {row["proname"] for row in await conn.fetch(_FUNCTIONS)}
    assert found >= {"actor_hash", "new_id", *_GATE}


@pytest.mark.parametrize("function", sorted(_GATE))
async def test_a_table_that_was_renamed_under_a_function_is_found(
    conn: Conn, function: str
) -> None:
    change = conn.transaction()
    await change.start()
    try:
        await conn.execute(f"ALTER TABLE {_GATE[function]} RENAME TO moved")
        with pytest.raises(asyncpg.UndefinedTableError):
            await conn.fetch(_FUNCTIONS)
    finally:
        await change.rollback()
