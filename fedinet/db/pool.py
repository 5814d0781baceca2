"""Connections to PostgreSQL, with the time limits that every one of them carries.

``jsonb`` travels as text. A database that cannot be reached, or has no room
left, becomes ``Overloaded``: nothing is acknowledged (TRAPS 15).
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from fedinet.db.query import Pool, Tx
from fedinet.kernel.errors import DiskFull, Overloaded

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

logger = logging.getLogger(__name__)

SETTINGS: Final = {
    "statement_timeout": "15s",
    "idle_in_transaction_session_timeout": "30s",
    "jit": "off",
    "timezone": "UTC",
}
_CONNECT_S = 10
_ACQUIRE_S = 10

_NOT_POSSIBLE_NOW = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,  # disk full, out of memory, too many connections
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.QueryCanceledError,
    asyncpg.InternalClientError,  # what it raises on a connection that dies at that moment
)
FAULTS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""Whatever asking the database may raise, for those who only want to know that it failed."""


@asynccontextmanager
async def open_pool(url: str, *, size: int, name: str = "fedinet") -> AsyncGenerator[Pool]:
    """Open a pool of at most ``size`` connections; idle ones are closed after five minutes.

    Raises:
        Overloaded: the database does not answer.
    """
    try:
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            timeout=_CONNECT_S,
            command_timeout=30,
            connect=_connect,
            reset=_nothing_to_reset,
            max_cached_statement_lifetime=0,
            statement_cache_size=256,
            server_settings={**SETTINGS, "application_name": name},
        )
    except FAULTS as error:
        raise Overloaded(f"the database does not answer: {error}") from error
    try:
        yield pool
    finally:
        try:
            await asyncio.wait_for(pool.close(), 10)
        except TimeoutError:
            pool.terminate()


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncGenerator[Tx]:
    """Open a transaction; it commits when the block ends without an exception.

    Raises:
        Overloaded: there is no connection, or the database cannot take work now.
    """
    try:
        conn = await pool.acquire(timeout=_ACQUIRE_S)
    except FAULTS as error:
        raise Overloaded(f"no database connection: {error!r}") from error
    try:
        async with conn.transaction():
            yield conn
    except (
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
    ) as error:
        overloaded = as_overloaded(error)
        if overloaded is None:
            raise
        raise overloaded from error
    finally:
        await _give_back(pool, conn)


def as_overloaded(error: BaseException) -> Overloaded | None:
    """Translate what a dead or full database raises; ``None`` for any other error.

    For the places that catch everything: such a request is answered 503, and
    not with the page for bugs.
    """
    if isinstance(error, Overloaded):
        return error
    if isinstance(error, asyncpg.DiskFullError):
        return DiskFull(f"the database has no room left: {error!r}")
    lost = isinstance(error, asyncpg.InterfaceError) and "clos" in str(error)  # closed, closing
    if lost or isinstance(error, (*_NOT_POSSIBLE_NOW, ConnectionError, TimeoutError)):
        return Overloaded(f"the database cannot take work now: {error!r}")
    return None


async def _give_back(pool: Pool, conn: "PoolConnectionProxy[asyncpg.Record]") -> None:
    """Give a connection back. One that dies at that moment is replaced by the pool.

    What was committed stays committed, and an earlier error stays the one that is told.
    """
    try:
        await pool.release(conn)
    except FAULTS as error:
        logger.warning("db.connection_lost reason=%r", error)


async def _connect(*args: Any, **options: Any) -> "asyncpg.Connection[asyncpg.Record]":
    """Connect; whatever is in the way, nothing is wrong with the request that wanted to."""
    try:
        return await asyncpg.connect(*args, **options)
    except (OSError, asyncpg.PostgresError) as error:
        raise asyncpg.CannotConnectNowError(f"cannot be reached: {error}") from error


async def _nothing_to_reset(_conn: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Spare PostgreSQL four statements for each connection that is given back.

    Open transactions have been rolled back before. Nobody leaves anything else behind in a
    pool's session: settings are SET LOCAL, LISTEN and the locks of lanes have connections of
    their own, and whoever takes a session lock lets go of it.
    """
