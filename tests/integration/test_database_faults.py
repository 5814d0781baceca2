"""A database that is slow, gone or full: waited for, told apart, and nothing acknowledged."""

import asyncio
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from aiohttp import ClientSession

from fedinet.db.embedded import Postgres
from fedinet.db.listen import Listener
from fedinet.db.migrate import migrate
from fedinet.db.pool import as_overloaded, open_pool, transaction
from fedinet.db.query import Pool
from fedinet.inbox.lanes import Lanes
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


async def test_a_server_that_says_farewell_and_does_not_hang_up_is_asked_again() -> None:
    """What it said stands in the way of the next statement, until the connection is closed."""
    visits: asyncio.Queue[asyncio.Task[None] | None] = asyncio.Queue()
    server = await asyncio.start_server(partial(farewell, visits), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = f"postgresql://fedinet@127.0.0.1:{port}/none?sslmode=disable"
    async with server, asyncio.timeout(20):
        async with Lanes(url, on_taken=lambda: None, interval_s=0.01):
            over = [await visits.get(), await visits.get()]
        while not visits.empty():
            over.append(visits.get_nowait())
        async with Listener(url) as listener:
            listener.on("probe", lambda _payload: None)
            over += [await visits.get(), await visits.get()]
        await asyncio.gather(*filter(None, over))


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


async def farewell(
    visits: asyncio.Queue[asyncio.Task[None] | None],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Greet as PostgreSQL does, and say that an administrator ends the connection."""
    await reader.readexactly(int.from_bytes(await reader.readexactly(4)) - 4)
    for kind, body in (
        (b"R", bytes(4)),
        (b"S", b"server_version\x0016.0\0"),
        (b"Z", b"I"),
        (b"E", b"SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0"),
    ):
        writer.write(kind + (len(body) + 4).to_bytes(4) + body)
    visits.put_nowait(asyncio.current_task())
    await reader.read()  # until it is hung up on
    writer.close()


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
