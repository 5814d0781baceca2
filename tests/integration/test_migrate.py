"""Migrations: once, in order, by one process, or not at all."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from fedinet.db.migrate import BadMigration, migrate, pending, schemas_folder
from fedinet.kernel.errors import Overloaded


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two migrations, after those that the test's database has."""
    for path in (schemas_folder() / "sql").glob("*.sql"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "9001_first.sql").write_text("CREATE TABLE probe (id int); SELECT pg_sleep(0.05);")
    (tmp_path / "9002_second.sql").write_text("INSERT INTO probe VALUES (1);")
    return tmp_path


async def test_each_is_applied_once_in_order(database_url: str, folder: Path) -> None:
    assert await migrate(database_url, folder) == ("9001_first", "9002_second")
    assert await migrate(database_url, folder) == ()
    assert await count(database_url) == 1


async def test_two_that_start_at_once_do_it_once(database_url: str, folder: Path) -> None:
    both = await asyncio.gather(migrate(database_url, folder), migrate(database_url, folder))
    assert sorted(both, key=len) == [(), ("9001_first", "9002_second")]
    assert await count(database_url) == 1


async def test_a_file_that_fails_leaves_nothing_of_itself(database_url: str, folder: Path) -> None:
    (folder / "9002_second.sql").write_text("INSERT INTO probe VALUES (1); SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(database_url, folder)
    assert await count(database_url) == 0
    (folder / "9002_second.sql").write_text("INSERT INTO probe VALUES (2);")
    assert await migrate(database_url, folder) == ("9002_second",)


async def test_what_was_applied_may_not_change(database_url: str, folder: Path) -> None:
    await migrate(database_url, folder)
    (folder / "9001_first.sql").write_text("CREATE TABLE probe (id bigint);")
    with pytest.raises(BadMigration, match="9001_first"):
        await migrate(database_url, folder)


async def test_what_a_newer_release_added_is_left_alone(database_url: str, folder: Path) -> None:
    """Rolling upgrades: the previous release runs on the new schema."""
    await migrate(database_url, folder)
    assert await migrate(database_url) == ()


async def test_an_index_can_be_made_while_others_write(database_url: str, folder: Path) -> None:
    script = "-- no-transaction\nCREATE INDEX CONCURRENTLY probe_by_id ON probe (id);"
    (folder / "9003_index.sql").write_text(script)
    assert "9003_index" in await migrate(database_url, folder)


async def test_what_is_missing_is_named(database_url: str, folder: Path) -> None:
    conn = await asyncpg.connect(database_url)
    assert await pending(conn, folder) == ("9001_first", "9002_second")
    await conn.close()


async def test_no_database_is_told_as_such(folder: Path) -> None:
    with pytest.raises(Overloaded):
        await migrate("postgresql://fedinet@/none?host=/nowhere", folder)


async def test_a_folder_without_migrations_is_a_mistake(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(BadMigration):
        await migrate(database_url, tmp_path)


async def count(database_url: str) -> int:
    conn = await asyncpg.connect(database_url)
    try:
        return await conn.fetchval("SELECT count(*) FROM probe")
    finally:
        await conn.close()
