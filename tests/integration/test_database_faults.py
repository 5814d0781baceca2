"""A database that is slow, gone or full: waited for, told apart, and nothing acknowledged."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from aiohttp import ClientSession

from fedinet.db.embedded import Postgres
from fedinet.db.listen import Listener
from fedinet.db.migrate import migrate
from fedinet.db.pool import as_overloaded, open_pool, transaction
from fedinet.db.query import Pool
from fedinet.kernel.errors import DiskFull, NotFound, Overloaded
from tests.integration.nodes import running_node


async def test_a_transaction_ends_all_or_nothing(pool: Pool) -> None:
    async with transaction(pool) as tx:
        await tx.execute("CREATE TABLE probe (id int)")
    with pytest.raises(NotFound):
        async with transaction(pool) as tx:
            await tx.execute("INSERT INTO probe VALUES (1)")
            raise NotFound("changed my mind")
    assert await pool.fetchval("SELECT count(*) FROM probe") == 0


async def test_connections_carry_their_limits(database_url: str) -> None:
    async with open_pool(database_url, size=1, name="probe") as pool:
        limits = [await pool.fetchval(f"SHOW {name}") for name in LIMITS]
    assert limits == list(LIMITS.values())


async def test_a_statement_that_takes_too_long_is_told_as_overload(database_url: str) -> None:
    async with open_pool(database_url, size=1) as pool:
        with pytest.raises(Overloaded):
            async with transaction(pool) as tx:
                await tx.execute("SET LOCAL statement_timeout = '20ms'")
                await tx.execute("SELECT pg_sleep(5)")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (asyncpg.DiskFullError("no space left on device"), True),
        (asyncpg.TooManyConnectionsError("sorry"), True),
        (asyncpg.CannotConnectNowError("starting up"), True),
        (asyncpg.AdminShutdownError("bye"), True),
        (asyncpg.ConnectionDoesNotExistError("closed in the middle"), True),
        (asyncpg.InterfaceError("connection is closed"), True),
        (ConnectionRefusedError(), True),
        (asyncpg.InterfaceError("another operation is in progress"), False),
        (asyncpg.UniqueViolationError("twice"), False),
        (ValueError(), False),
    ],
)
def test_what_only_time_mends_is_overload(error: Exception, expected: bool) -> None:
    found = as_overloaded(error)
    assert (found is not None) is expected
    assert isinstance(found, DiskFull) is isinstance(error, asyncpg.DiskFullError)


async def test_a_notice_arrives_and_a_lost_connection_is_made_again(database_url: str) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    teller = await asyncpg.connect(database_url)
    async with Listener(database_url, name="probe listen") as listener:
        listener.on("probe", heard.put_nowait)
        assert await heard.get() == "", "look for yourself, once connected"
        await teller.execute("NOTIFY probe, '7'")
        assert await heard.get() == "7"
        await teller.execute(_END_LISTENERS)
        assert await heard.get() == "", "something may have been missed"
        while not listener.is_connected:
            await heard.get()
        await teller.execute("NOTIFY probe, '8'")
        while await heard.get() != "8":
            pass
    await teller.close()


async def test_without_a_connection_there_is_a_tick() -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with Listener("postgresql://fedinet@/none?host=/nowhere") as listener:
        listener.on("probe", heard.put_nowait)
        assert [await heard.get(), await heard.get()] == ["", ""]
        assert not listener.is_connected


async def test_a_dead_database_is_503_until_it_is_back(tmp_path: Path) -> None:
    """Nobody has to start the node again. What the inbox says: test_inbox_door.py."""
    postgres = Postgres(tmp_path / "server")
    postgres.start()
    await migrate(postgres.url)
    (tmp_path / "data").mkdir()
    try:
        async with running_node(postgres.url, tmp_path / "data", peers=[]) as node:
            assert await answers(node.http) == [200, 200]
            postgres.stop()
            assert await answers(node.http) == [503, 503]
            postgres.start()
            assert await answers(node.http) == [200, 200]
    finally:
        postgres.stop()


async def answers(http: ClientSession) -> list[int]:
    """How health and a page are answered."""
    statuses: list[int] = []
    for path in ("/health", "/"):
        async with http.get(path) as answer:
            statuses.append(answer.status)
    return statuses


LIMITS = {
    "statement_timeout": "15s",
    "idle_in_transaction_session_timeout": "30s",
    "application_name": "probe",
    "timezone": "UTC",
}
_END_LISTENERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'probe listen'"
    " AND datname = current_database()"
)
