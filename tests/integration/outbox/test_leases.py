"""Hosts are held by leases that end soon after their process, and not before their visit."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest
from aiohttp import web

from fedinet.db.query import Pool
from fedinet.kernel.ids import Domain
from fedinet.net.fetch import Fetcher
from fedinet.outbox import run
from fedinet.outbox.deliver import LEASE, Courier
from fedinet.outbox.desk import SigningDesk
from fedinet.outbox.ledger import Ledger
from fedinet.outbox.model import Lease
from fedinet.outbox.queue_store import lease_hosts, list_due, renew
from fedinet.outbox.run import Rounds
from tests.integration.outbox.peers import OneKey, Peer, Received, given_author, given_sent


async def test_a_visit_that_takes_long_keeps_its_host(
    pool: Pool, fetcher: Fetcher, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_RENEW_AFTER_S", 0.0)
    async with visiting(pool, fetcher, peer) as (rounds, go_on):
        await given_time_passed(pool, LEASE - timedelta(seconds=1))
        await rounds.renew()
        assert await pool.fetchval("SELECT leased_until - now() FROM outbound_hosts") > LEASE / 2
        assert await leased(pool) == []
        go_on.set()
        await rounds.finish(None)
    assert peer.names == ["hello"]
    assert await state(pool) == (None, None, None)
    assert await pool.fetchval("SELECT count(*) FROM deliveries") == 0


async def test_a_young_visit_is_not_renewed(pool: Pool, fetcher: Fetcher, peer: Peer) -> None:
    async with visiting(pool, fetcher, peer) as (rounds, _):
        before = await state(pool)
        await rounds.renew()
        assert await state(pool) == before


async def test_a_visit_that_lost_its_host_ends_and_changes_nothing(
    pool: Pool, fetcher: Fetcher, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_RENEW_AFTER_S", 0.0)
    async with visiting(pool, fetcher, peer) as (rounds, _):
        await given_time_passed(pool, LEASE)
        [other] = await leased(pool)
        held = await state(pool)
        await rounds.renew()
        await rounds.finish(None)  # without it the peer would be waited for
    assert (await state(pool)) == held
    assert held[0] == other.since
    assert await pool.fetchval("SELECT count(*) FROM deliveries") == 1


async def test_only_the_holder_renews(pool: Pool, peer: Peer) -> None:
    await given_sent(pool, await given_author(pool, peer), "hello")
    [first] = await leased(pool)
    await given_time_passed(pool, LEASE)
    [second] = await leased(pool)
    async with pool.acquire() as tx, tx.transaction():
        assert await renew(tx, [first], LEASE) == set()
        assert await renew(tx, [second], LEASE) == {Domain(peer.domain)}


async def test_what_could_not_be_written_is_written_before_the_next_lease(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> None:
    await given_sent(pool, await given_author(pool, peer), "hello")
    ledger = Ledger(pool)
    async with pool.acquire() as tx, tx.transaction():
        leases = await lease_hosts(tx, healthy=9, failing=9, lease=LEASE)
        [[delivery]] = (await list_due(tx, leases, per_host=9, holds_order=5)).values()
    ledger.delivered(delivery)
    await pool.execute("ALTER TABLE deliveries RENAME TO hidden")
    with pytest.raises(asyncpg.UndefinedTableError):
        await ledger.flush()
    await pool.execute("ALTER TABLE hidden RENAME TO deliveries")
    await given_time_passed(pool, LEASE)

    async with SigningDesk() as desk:
        rounds = Rounds(pool, Courier(fetcher, OneKey(), desk, ledger), ledger)
        await rounds.start()
        await rounds.finish(None)

    assert peer.names == []
    assert await pool.fetchval("SELECT count(*) FROM deliveries") == 0


@asynccontextmanager
async def visiting(
    pool: Pool, fetcher: Fetcher, peer: Peer
) -> AsyncGenerator[tuple[Rounds, asyncio.Event]]:
    """A visit under way: the peer has the POST, and answers when told to."""
    go_on = asyncio.Event()

    async def waits(_: Received) -> web.StreamResponse:
        await go_on.wait()
        return web.Response(status=202)

    peer.answer = waits
    await given_sent(pool, await given_author(pool, peer), "hello")
    ledger = Ledger(pool)
    async with SigningDesk() as desk:
        rounds = Rounds(pool, Courier(fetcher, OneKey(), desk, ledger), ledger)
        try:
            await rounds.start()
            await peer.arrived(1)
            yield rounds, go_on
        finally:
            go_on.set()
            await rounds.finish(0)
            await ledger.flush()


async def leased(pool: Pool) -> list[Lease]:
    """What another worker gets now."""
    async with pool.acquire() as tx, tx.transaction():
        return await lease_hosts(tx, healthy=9, failing=9, lease=LEASE)


async def given_time_passed(pool: Pool, passed: timedelta) -> None:
    await pool.execute(
        """
        UPDATE outbound_hosts
           SET due_at = due_at - $1::interval, leased_until = leased_until - $1::interval
        """,
        passed,
    )


async def state(pool: Pool) -> tuple[object, ...]:
    row = await pool.fetchrow("SELECT leased_at, leased_until, due_at FROM outbound_hosts")
    assert row is not None
    return tuple(row)
