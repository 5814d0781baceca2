"""Refusals at the door, counted by day, host and reason; never a row per request.

The host is only claimed: whoever is refused has not proven who they are. So
the number of hosts kept apart in a day is bounded, and the rest is counted
under the empty host.
"""

import asyncio
import logging
from collections import Counter
from datetime import UTC, date, datetime

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.inbox import store
from fedinet.queue.loop import keep_going, rest

logger = logging.getLogger(__name__)

MAX_HOSTS_A_DAY = 1000
_INTERVAL_S = 10.0


class Refusals:
    """Counts of one web process. ``flush`` adds them to the table."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._hosts: set[str] = set()
        self._day: date | None = None

    def count(self, host: str, reason: str) -> None:
        if host not in self._hosts:
            if len(self._hosts) >= MAX_HOSTS_A_DAY:
                host = ""
            self._hosts.add(host)
        self._counts[host, reason] += 1

    async def flush(self, pool: Pool, today: date) -> int:
        """Write what was counted since the last time. Returns how many refusals that were."""
        if self._day is not None and today > self._day:
            self._hosts.clear()
        self._day = today
        counts, self._counts = self._counts, Counter()
        if not counts:
            return 0
        try:
            async with transaction(pool) as tx:
                await store.count_refusals(tx, today, counts)
        except BaseException:
            self._counts.update(counts)
            raise
        return counts.total()

    async def keep_flushing(self, pool: Pool, stop: asyncio.Event) -> None:
        async def step() -> int:
            await rest(stop, None, _INTERVAL_S)
            return await self.flush(pool, datetime.now(UTC).date()) or 1

        await keep_going(step, stop, name="inbox.refusals")
