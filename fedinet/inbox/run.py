"""The inbox's loops in a worker process: lanes, activities, upkeep."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic
from typing import TypeAlias

from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.inbox.dispatch import HandlerTable
from fedinet.inbox.gather import Source
from fedinet.inbox.hearsay import Witness
from fedinet.inbox.judge import Judge
from fedinet.inbox.lanes import Lanes
from fedinet.inbox.upkeep import keep_up
from fedinet.inbox.work import Worker
from fedinet.kernel.ids import Domain
from fedinet.kernel.uris import origin_of
from fedinet.queue.loop import keep_going

Heard: TypeAlias = Callable[[Tx, Domain], Awaitable[object]]
"""Told that a server sent us something: it is alive, whatever deliveries to it say."""

_HEARD_EVERY_S = 60.0
_MAX_HEARD = 10_000


class Hearing:
    """Passes on which servers were heard from, each at most once a minute."""

    def __init__(self, pool: Pool, heard: Heard) -> None:
        self._pool = pool
        self._heard = heard
        self._told: dict[str, float] = {}

    async def of(self, signers: Iterable[str]) -> None:
        now = monotonic()
        hosts = {origin_of(signer).domain for signer in signers}
        fresh = sorted(host for host in hosts if self._told.get(host, 0.0) < now)
        if not fresh:
            return
        async with transaction(self._pool) as tx:
            for host in fresh:
                await self._heard(tx, host)
        if len(self._told) > _MAX_HEARD:
            self._told.clear()
        self._told.update(dict.fromkeys(fresh, now + _HEARD_EVERY_S))


async def run_inbox(
    pool: Pool,
    table: HandlerTable,
    source: Source,
    stop: asyncio.Event,
    *,
    direct_url: str,
    heard: Heard,
    wake: asyncio.Event | None = None,
    witness: Witness | None = None,
    judge: Judge | None = None,
    log_days: int = 14,
) -> None:
    """Work on this process's share of the lanes until ``stop``, and keep the tables small.

    ``direct_url`` leads to the database without a pooler, for session locks.
    ``wake``: set by the listener of ``store.INBOX_CHANNEL``. ``witness``: tells which of
    what was forwarded proves itself. ``judge``: asks the policy.
    """
    wake = wake or asyncio.Event()
    worker = Worker(pool, table, source, wake=wake, witness=witness, judge=judge)
    hearing = Hearing(pool, heard)
    async with Lanes(direct_url, on_taken=wake.set) as lanes:

        async def step() -> int:
            async with lanes.in_hand() as held:
                rows = await worker.step(held)
            await hearing.of({row.signer for row in rows})
            return len(rows)

        async with asyncio.TaskGroup() as group:
            group.create_task(keep_up(pool, stop, log_days=log_days))
            await keep_going(step, stop, name="inbox", wake=wake)
        await worker.settle()
