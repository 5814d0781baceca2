"""What became of deliveries, written in group commits.

An attempt is paid for once it is written here: a process that dies before
repeats it, at most what it had claimed (TRAPS 35). Results wait a moment for
company; twenty commits a second are enough for any rate.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.kernel.ids import Domain
from fedinet.outbox import letters_store, queue_store
from fedinet.outbox.backoff import DEAD_AFTER
from fedinet.outbox.counts_store import Became, Outcomes, count_outcomes
from fedinet.outbox.model import Delivery
from fedinet.outbox.queue_store import Postponed, Released
from fedinet.queue.loop import rest

logger = logging.getLogger(__name__)

FLUSH_EVERY_S: Final = 0.05
_LONGEST_REST_S: Final = 3600.0


@dataclass(slots=True)
class Entries:
    """Results that belong into one transaction."""

    delivered: list[Delivery] = field(default_factory=list[Delivery])
    postponed: list[Postponed] = field(default_factory=list[Postponed])
    buried: list[tuple[Delivery, str, str]] = field(default_factory=list[tuple[Delivery, str, str]])
    released: list[Released] = field(default_factory=list[Released])

    @property
    def outcomes(self) -> Outcomes:
        """How many of each, by host."""
        counted = Counter[tuple[Domain, Became]]()
        counted.update((one.host, "delivered") for one in self.delivered)
        counted.update((one.delivery.host, "postponed") for one in self.postponed)
        counted.update((one.host, "given_up") for one, _, _ in self.buried)
        return counted

    def __bool__(self) -> bool:
        return bool(self.delivered or self.postponed or self.buried or self.released)


class Ledger:
    """Collects results and writes them. One per worker process."""

    def __init__(self, pool: Pool, *, flushed: Callable[[], None] = lambda: None) -> None:
        """``flushed`` is called after each commit: hosts may be free again."""
        self._pool = pool
        self._flushed = flushed
        self._waiting = asyncio.Event()
        self._entries = Entries()
        self._writing = asyncio.Lock()
        self._is_behind = False

    def delivered(self, delivery: Delivery) -> None:
        self._entries.delivered.append(delivery)
        self._waiting.set()

    def postponed(self, postponed: Postponed) -> None:
        self._entries.postponed.append(postponed)
        self._waiting.set()

    def buried(self, delivery: Delivery, reason: str, error: str) -> None:
        self._entries.buried.append((delivery, reason, error))
        self._waiting.set()

    def released(self, released: Released) -> None:
        self._entries.released.append(released)
        self._waiting.set()

    async def write_once(self, stop: asyncio.Event) -> int:
        """Wait for results, give them a moment to gather, write them. 1, or 0 at the end."""
        await rest(stop, self._waiting, _LONGEST_REST_S)
        if not self._waiting.is_set():
            return 0
        await asyncio.sleep(FLUSH_EVERY_S)
        await self.flush()
        return 1

    async def flush(self) -> None:
        """Write what is there now. What cannot be written stays for the next time."""
        async with self._writing:
            await self._flush()

    async def catch_up(self) -> None:
        """Write first what could not be written before.

        Raises:
            Overloaded: it still cannot.
        """
        if self._is_behind:
            await self.flush()

    async def _flush(self) -> None:
        self._waiting.clear()
        entries, self._entries = self._entries, Entries()
        if not entries:
            return
        try:
            await self._write(entries)
        except BaseException:
            self._put_back(entries)
            raise
        self._is_behind = False
        self._flushed()

    async def _write(self, entries: Entries) -> None:
        async with transaction(self._pool) as tx:
            if entries.delivered:
                await queue_store.delete_delivered(tx, entries.delivered)
            if entries.postponed:
                await queue_store.postpone(tx, entries.postponed)
            if entries.buried:
                await letters_store.bury(tx, entries.buried)
            if entries.released:
                await queue_store.release(tx, entries.released, dead_after=DEAD_AFTER)
            await count_outcomes(tx, entries.outcomes)

    def _put_back(self, entries: Entries) -> None:
        self._is_behind = True
        newer, self._entries = self._entries, entries
        entries.delivered += newer.delivered
        entries.postponed += newer.postponed
        entries.buried += newer.buried
        entries.released += newer.released
        self._waiting.set()
