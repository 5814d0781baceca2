"""The loops together: waking, stopping, dying, and hosts that never answer."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from fedinet.db.query import Pool
from fedinet.net.fetch import Fetcher
from fedinet.outbox import run
from fedinet.outbox.run import PER_VISIT, run_outbox
from tests.integration.outbox.peers import (
    OneKey,
    Peer,
    Received,
    given_author,
    given_enqueued,
    given_sent,
    peer_server,
)
from tests.integration.people import URIS

ROOT = Path(__file__).parents[3]


async def test_what_is_promised_is_delivered_until_stopped(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    ada = await given_author(pool, peer)
    async with running(pool, fetcher) as written:
        await given_enqueued(pool, ada, "first")
        written.set()
        await peer.arrived(1)
        await given_enqueued(pool, ada, "second")  # without a notice: found by looking
        await peer.arrived(2)

    assert peer.names == ["first", "second"]
    assert await pool.fetchval("SELECT count(*) FROM deliveries") == 0
    assert await pool.fetchval("SELECT leased_until IS NULL FROM outbound_hosts")


async def test_hosts_that_never_answer_hold_up_nobody(
    pool: Pool, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "STOP_WITHIN_S", 0.1)

    async def never(_: Received) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(peer_server(f"127.0.9.{n}")) for n in range(1, 9)]
        healthy = [
            await stack.enter_async_context(peer_server(f"127.0.1.{n}")) for n in range(1, 9)
        ]
        for one in silent:
            one.answer = never
        ada = await given_author(pool, *silent, *healthy)
        async with running(pool, fetcher) as written:
            for name in ("one", "two", "three"):
                await given_enqueued(pool, ada, name)
            written.set()
            for one in healthy:
                await one.arrived(3)

    assert all(one.names == ["one", "two", "three"] for one in healthy)
    assert all(one.names == ["one"] for one in silent if one.names)


async def test_a_worker_that_stops_gives_back_what_it_did_not_finish(
    pool: Pool, fetcher: Fetcher, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "STOP_WITHIN_S", 0.1)
    await given_sent(pool, await given_author(pool, peer), "hello")
    stop = asyncio.Event()

    async def stops_us(_: Received) -> web.StreamResponse:
        stop.set()
        await asyncio.Event().wait()
        raise AssertionError

    peer.answer = stops_us
    await run_outbox(pool, URIS, fetcher, OneKey(), stop)

    host = await pool.fetchrow("SELECT *, due_at <= now() AS is_due FROM outbound_hosts")
    assert host is not None
    assert (host["leased_until"], host["failures"], host["is_due"]) == (None, 0, True)
    assert await pool.fetchval("SELECT count(*) FROM deliveries") == 1


async def test_two_workers_share_the_work_and_double_nothing(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    names = [str(number) for number in range(40)]
    ada = await given_author(pool, peer)
    for name in names:
        await given_enqueued(pool, ada, name)

    async with running(pool, fetcher), running(pool, fetcher):
        await peer.arrived(len(names))

    assert peer.names == names


async def test_kill_9_loses_nothing_and_repeats_at_most_the_claim(
    pool: Pool, database_url: str, fetcher: Fetcher, peer: Peer
) -> None:
    names = [str(number) for number in range(60)]
    ada = await given_author(pool, peer)
    for name in names:
        await given_enqueued(pool, ada, name)

    for so_far in (5, 23, 40):
        worker = await started_worker(database_url)
        await peer.arrived(so_far)
        worker.kill()
        await worker.wait()
        await given_leases_ran_out(pool)
    async with running(pool, fetcher):
        await peer.arrived(len(names), distinct=True)

    assert list(dict.fromkeys(peer.names)) == names
    assert len(peer.names) - len(names) <= 3 * PER_VISIT
    assert await pool.fetchval("SELECT count(*) FROM deliveries") == 0


async def started_worker(database_url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("worker.py")),
        database_url,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


async def given_leases_ran_out(pool: Pool) -> None:
    await pool.execute(
        "UPDATE outbound_hosts SET due_at = now(), leased_until = now() WHERE leased_until > now()"
    )


@asynccontextmanager
async def running(pool: Pool, fetcher: Fetcher) -> AsyncIterator[asyncio.Event]:
    """A worker in this process. Yields the event that says something was written."""
    stop, written = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(run_outbox(pool, URIS, fetcher, OneKey(), stop, written=written))
    try:
        yield written
    finally:
        stop.set()
        await task
