"""Lanes: each with one worker at a time, shared out fairly, freed by a crash."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg

from fedinet.inbox.lanes import Lanes
from fedinet.inbox.model import LANES

ALL = frozenset(range(LANES))


async def test_a_worker_alone_has_all_lanes(database_url: str) -> None:
    async with worker(database_url) as lanes:
        await until(lambda: lanes.held == ALL)


async def test_two_workers_share_them_and_no_lane_has_two(database_url: str) -> None:
    async with worker(database_url) as first:
        await until(lambda: first.held == ALL)
        async with worker(database_url) as second:
            await until(lambda: len(first.held) == len(second.held) == LANES // 2)
            assert not first.held & second.held
        await until(lambda: first.held == ALL)


async def test_three_workers_leave_no_lane_alone(database_url: str) -> None:
    async with (
        worker(database_url) as one,
        worker(database_url) as two,
        worker(database_url) as three,
    ):
        await until(lambda: (one.held | two.held | three.held) == ALL)
        await until(lambda: all(len(lanes.held) <= 22 for lanes in (one, two, three)))


async def test_a_crash_frees_the_lanes(database_url: str) -> None:
    async with worker(database_url) as first:
        await until(lambda: first.held == ALL)
        async with worker(database_url) as second:
            await until(lambda: len(second.held) == LANES // 2)
            await terminate_one(database_url)
            await until(lambda: not first.held or not second.held)
            await until(lambda: (first.held | second.held) == ALL)
            await until(lambda: len(first.held) == len(second.held) == LANES // 2)


async def test_workers_of_another_node_on_the_same_server_do_not_count(
    database_url: str, server_url: str
) -> None:
    async with worker(server_url) as elsewhere:
        await until(lambda: bool(elsewhere.held))
        async with worker(database_url) as here:
            await until(lambda: here.held == ALL)


async def test_new_lanes_wake_the_loop(database_url: str) -> None:
    woken = asyncio.Event()
    async with Lanes(database_url, on_taken=woken.set), asyncio.timeout(10):
        await woken.wait()


@asynccontextmanager
async def worker(url: str) -> AsyncIterator[Lanes]:
    async with Lanes(url, on_taken=lambda: None, interval_s=0.01) as lanes:
        yield lanes


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  # the condition is of another task
            await asyncio.sleep(0)


async def terminate_one(url: str) -> None:
    conn = await asyncpg.connect(url)
    await conn.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ="
        " 'fedinet lanes' AND datname = current_database() ORDER BY backend_start LIMIT 1"
    )
    await conn.close()
