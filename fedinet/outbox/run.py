"""The loops of the outbox worker: fan out, deliver, tidy up.

Healthy hosts and failing ones have places of their own, so that any number of
dead hosts leaves the others as fast as they were.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit
from time import monotonic
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.kernel.names import NodeUris
from fedinet.net.fetch import Fetcher
from fedinet.outbox import queue_store
from fedinet.outbox.backoff import HOLDS_ORDER
from fedinet.outbox.deliver import LEASE, Courier, Keys
from fedinet.outbox.desk import SigningDesk
from fedinet.outbox.fanout import fan_out_batch
from fedinet.outbox.ledger import Ledger
from fedinet.outbox.model import Content, Delivery, Lease
from fedinet.outbox.prove import ProofKeys
from fedinet.outbox.synchronisation import Digests, list_digests
from fedinet.outbox.upkeep import tidy_once
from fedinet.queue.loop import keep_going

logger = logging.getLogger(__name__)

HEALTHY_AT_ONCE: Final = 300
FAILING_AT_ONCE: Final = 50
OPEN_AT_MOST: Final = 1500
"""Visits in all. Those that wait for a slow host no longer count as healthy."""
SLOW_AFTER_S: Final = 1.0
_OTHER_FILES: Final = 200
PER_VISIT: Final = 16
_CONTENTS_KEPT: Final = 500
STOP_WITHIN_S: Final = 5.0
_TIDY_EVERY_S: Final = 600.0
_RENEW_AFTER_S: Final = LEASE.total_seconds() / 2
"""Silent hosts are mostly given up before."""
_RENEW_EVERY_S: Final = LEASE.total_seconds() / 8


async def run_outbox(
    pool: Pool,
    uris: NodeUris,
    fetcher: Fetcher,
    keys: Keys,
    stop: asyncio.Event,
    *,
    written: asyncio.Event | None = None,
    fanned_out: asyncio.Event | None = None,
    proof_keys: ProofKeys | None = None,
) -> None:
    """Deliver until ``stop``. With ``proof_keys``, public activities carry integrity proofs.

    ``written`` and ``fanned_out`` are set by the listener of ``OUTGOING_CHANNEL``
    (enqueue.py) and ``DELIVERIES_CHANNEL`` (fanout.py); without them the loops
    look each second. Several processes may run it against one database.
    """
    fanned_out = fanned_out or asyncio.Event()

    async def fan_out() -> int:
        done = await fan_out_batch(pool, uris, proof_keys=proof_keys)
        if done.deliveries:
            fanned_out.set()
        return done.activities if done.is_full else 0  # what comes meanwhile wakes the loop

    async with asyncio.TaskGroup() as loops:
        loops.create_task(keep_going(fan_out, stop, name="outbox.fan_out", wake=written))
        loops.create_task(run_deliveries(pool, fetcher, keys, stop, wake=fanned_out))
        loops.create_task(
            keep_going(lambda: _nothing_left(pool), stop, name="outbox.tidy", tick_s=_TIDY_EVERY_S)
        )


async def run_deliveries(
    pool: Pool, fetcher: Fetcher, keys: Keys, stop: asyncio.Event, *, wake: asyncio.Event
) -> None:
    """Visit hosts that are due, hundreds at a time, until ``stop``."""
    ledger = Ledger(pool, flushed=wake.set)
    ended = asyncio.Event()
    async with SigningDesk() as desk:
        rounds = Rounds(pool, Courier(fetcher, keys, desk, ledger), ledger)
        renewing = asyncio.create_task(
            keep_going(rounds.renew, ended, name="outbox.renew", tick_s=_RENEW_EVERY_S)
        )
        writing = asyncio.create_task(
            keep_going(lambda: ledger.write_once(ended), ended, name="outbox.ledger")
        )
        try:
            await keep_going(rounds.start, stop, name="outbox.deliver", wake=wake)
            await rounds.finish(STOP_WITHIN_S)
        finally:
            await rounds.finish(0)
            ended.set()
            await asyncio.gather(writing, renewing)
            await ledger.flush()


async def deliver_once(pool: Pool, fetcher: Fetcher, keys: Keys) -> int:
    """Visit the hosts that are due, once, and write what came of it. Returns how many hosts."""
    ledger = Ledger(pool)
    async with SigningDesk() as desk:
        rounds = Rounds(pool, Courier(fetcher, keys, desk, ledger), ledger)
        count = await rounds.start()
        await rounds.finish(None)
    await ledger.flush()
    return count


@dataclass(slots=True)
class _Place:
    """What one visit occupies. Times are on the monotonic clock."""

    lease: Lease
    begun: float
    renewed: float


class Rounds:
    """Leases hosts into the places that are free, and runs their visits."""

    def __init__(self, pool: Pool, courier: Courier, ledger: Ledger) -> None:
        self._pool = pool
        self._courier = courier
        self._ledger = ledger
        self._visits: dict[asyncio.Task[None], _Place] = {}
        """Oldest first."""
        self._failing = 0
        self._open_at_most = max(1, min(OPEN_AT_MOST, _files_allowed() - _OTHER_FILES))
        self._contents: OrderedDict[int, Content] = OrderedDict()

    async def start(self) -> int:
        """Begin visits in all free places. Returns how many hosts were leased."""
        healthy, failing = self._free()
        if healthy <= 0 and failing <= 0:
            return 0
        await self._ledger.catch_up()  # or hosts whose lease ran out meanwhile get it all again
        asked = monotonic()
        async with transaction(self._pool) as tx:
            leases = await queue_store.lease_hosts(
                tx, healthy=max(healthy, 0), failing=max(failing, 0), lease=LEASE
            )
            if not leases:
                return 0
            due = await queue_store.list_due(
                tx, leases, per_host=PER_VISIT, holds_order=HOLDS_ORDER
            )
        deliveries = [one for waiting in due.values() for one in waiting]
        contents = await self._contents_of({one.outgoing_id for one in deliveries})
        digests = await list_digests(self._pool, deliveries, contents)
        await self._courier.open_keys({one.sender for one in deliveries})
        for lease in leases:
            self._begin(lease, due[lease.host], contents, digests, asked)
        return len(leases)

    async def renew(self) -> int:
        """Keep the hosts of visits that take long. A visit that has lost its host ends.

        Returns 0: there is nothing more to do before the next tick.
        """
        asked = monotonic()
        due = {
            visit: place
            for visit, place in self._visits.items()
            if asked - place.renewed >= _RENEW_AFTER_S
        }
        if not due:
            return 0
        async with transaction(self._pool) as tx:
            kept = await queue_store.renew(tx, [place.lease for place in due.values()], LEASE)
        for visit, place in due.items():
            if place.lease.host in kept:
                place.renewed = asked
            elif visit.cancel():
                logger.warning("outbox.lease_lost host=%s", place.lease.host)
        return 0

    def _free(self) -> tuple[int, int]:
        """Places for healthy and for failing hosts.

        A host that has not answered for a second gives its place to others, and
        keeps only its connection: silent ones can be met by the hundred.
        """
        before = monotonic() - SLOW_AFTER_S
        slow = sum(1 for _ in takewhile(lambda one: one.begun < before, self._visits.values()))
        failing = FAILING_AT_ONCE - self._failing
        healthy = HEALTHY_AT_ONCE - max(0, len(self._visits) - slow)
        open_ = self._open_at_most - len(self._visits)
        return min(healthy, open_), min(failing, open_)

    async def finish(self, within_s: float | None) -> None:
        """Wait for visits that have begun; end those that take longer."""
        if self._visits and within_s != 0:
            await asyncio.wait(self._visits, timeout=within_s)
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    def _begin(
        self,
        lease: Lease,
        due: Sequence[Delivery],
        contents: Mapping[int, Content],
        digests: Digests,
        leased: float,
    ) -> None:
        visit = asyncio.create_task(
            self._courier.visit(
                lease, due, contents, has_more=len(due) == PER_VISIT, digests=digests
            )
        )
        self._visits[visit] = _Place(lease, begun=monotonic(), renewed=leased)
        self._failing += bool(lease.failures)
        visit.add_done_callback(lambda task: self._ended(task, lease))

    def _ended(self, visit: asyncio.Task[None], lease: Lease) -> None:
        del self._visits[visit]
        self._failing -= bool(lease.failures)

    async def _contents_of(self, wanted: set[int]) -> Mapping[int, Content]:
        """The bodies of these activities; the latest few hundred stay at hand."""
        unknown = wanted - self._contents.keys()
        if unknown:
            self._contents.update(await queue_store.find_contents(self._pool, list(unknown)))
        found = {id_: self._contents[id_] for id_ in wanted if id_ in self._contents}
        while len(self._contents) > _CONTENTS_KEPT:
            self._contents.popitem(last=False)
        return found


def _files_allowed() -> int:
    allowed = getrlimit(RLIMIT_NOFILE)[0]
    return OPEN_AT_MOST + _OTHER_FILES if allowed == RLIM_INFINITY else allowed


async def _nothing_left(pool: Pool) -> int:
    await tidy_once(pool)
    return 0
