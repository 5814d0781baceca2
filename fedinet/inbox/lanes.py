"""Which lanes are this worker's: session advisory locks on a connection of its own.

A lane is held by at most one process. Locks are tried and never waited for, so
nothing can deadlock; a process that dies gives its lanes back with its
connection. Should a worker go on with a lane it has lost, the queue itself
stops it (``store.finish`` counts the rows that were still there).
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from math import ceil
from typing import Final, Self

import asyncpg

from fedinet.db.pool import FAULTS, SETTINGS
from fedinet.db.query import Conn, query
from fedinet.inbox.model import LANES
from fedinet.queue.loop import rest

logger = logging.getLogger(__name__)

_LANE_LOCKS = 0x6665646C
_WORKER_LOCKS = 0x66656477
_INTERVAL_S = 2.0

_JOIN = query("inbox.join_workers", "SELECT pg_advisory_lock_shared($1, 0)")

WORKERS: Final = """(
    SELECT count(DISTINCT pid)
      FROM pg_locks
     WHERE locktype = 'advisory' AND classid = :locks::bigint::oid AND objid = 0
       AND objsubid = 2
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))""".replace(
    ":locks", str(_WORKER_LOCKS), 1
)
"""SQL expression: how many workers run now; one that died is gone with its connection."""

_COUNT_WORKERS = query("inbox.count_workers", f"SELECT {WORKERS}")

_TAKE = query(
    "inbox.take_lanes",
    """
    WITH free AS MATERIALIZED (
        SELECT lane
          FROM generate_series(0, $2::integer - 1) AS lane
         WHERE NOT EXISTS (
            SELECT FROM pg_locks
             WHERE locktype = 'advisory' AND classid = $1::bigint::oid AND objid = lane::oid
               AND objsubid = 2
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
         ORDER BY lane
         LIMIT $3
    )
    SELECT lane FROM free WHERE pg_try_advisory_lock($1::bigint::integer, lane)
""",
)

_GIVE_BACK = query(
    "inbox.give_back_lanes",
    "SELECT pg_advisory_unlock($1, lane) FROM unnest($2::integer[]) AS lane",
)


class Lanes:
    """``async with Lanes(direct_url, …) as lanes``, then ``async with lanes.in_hand() as held``."""

    def __init__(
        self, url: str, *, on_taken: Callable[[], None], interval_s: float = _INTERVAL_S
    ) -> None:
        """``on_taken`` is called when lanes came: somebody else's rows may wait in them."""
        self._url = url
        self._on_taken = on_taken
        self._interval_s = interval_s
        self._stop = asyncio.Event()
        self._working = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.held: frozenset[int] = frozenset()

    @asynccontextmanager
    async def in_hand(self) -> AsyncGenerator[frozenset[int]]:
        """Give the lanes to work on; none of them is given back to others meanwhile."""
        async with self._working:
            yield self.held

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="inbox lanes")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while not self._stop.is_set():
            try:
                await self._hold()
            except FAULTS as error:
                logger.warning("inbox.lanes_lost reason=%r", error)
            self.held = frozenset()
            await rest(self._stop, None, min(self._interval_s, 1.0))

    async def _hold(self) -> None:
        """Stay connected and keep the fair share, until told to stop or disconnected."""
        settings = {**SETTINGS, "application_name": "fedinet lanes"}
        conn = await asyncpg.connect(
            self._url, timeout=10, command_timeout=10, server_settings=settings
        )
        lost = asyncio.Event()
        conn.add_termination_listener(lambda _conn: lost.set())
        try:
            await conn.execute(_JOIN, _WORKER_LOCKS)
            while not (self._stop.is_set() or lost.is_set()):
                await self._balance(conn)
                await rest(self._stop, lost, self._interval_s)
        finally:
            self.held = frozenset()
            with suppress(*FAULTS):
                await conn.close(timeout=2)

    async def _balance(self, conn: Conn) -> None:
        """Give back what is beyond ceil(lanes / live workers), take what is missing."""
        workers = await conn.fetchval(_COUNT_WORKERS) or 1
        share = ceil(LANES / workers)
        if len(self.held) > share:
            async with self._working:
                surplus = sorted(self.held)[share:]
                self.held -= frozenset(surplus)
                await conn.execute(_GIVE_BACK, _LANE_LOCKS, surplus)
        elif len(self.held) < share:
            rows = await conn.fetch(_TAKE, _LANE_LOCKS, LANES, share - len(self.held))
            if rows:
                self.held |= frozenset(row["lane"] for row in rows)
                self._on_taken()
