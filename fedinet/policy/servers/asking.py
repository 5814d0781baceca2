"""What do other servers run? NodeInfo of those that talk to us, asked now and then.

Bounded whatever they do: a few servers a minute, a few names of one owner a day,
small answers in a short time. Nobody waits for it: until a server has been asked,
its software is unknown.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.db.text import storable_reason
from fedinet.kernel.errors import FedinetError
from fedinet.kernel.ids import Domain
from fedinet.kernel.uris import origin_of
from fedinet.net.domains import registrable
from fedinet.net.fetch import Fetcher
from fedinet.policy.servers import asking_store as servers_store
from fedinet.policy.servers.asking_store import Turn
from fedinet.policy.servers.nodeinfo import fetch_nodeinfo
from fedinet.policy.servers.software import read_software
from fedinet.queue.loop import every

logger = logging.getLogger(__name__)

EACH_ROUND: Final = 10
EACH_OWNER: Final = 20
"""Servers of one registrable domain that are asked in a day: 10,000 names are one owner's."""
KEPT: Final = timedelta(days=7)
_INTERVAL_S: Final = 60.0
_WALKED: Final = 500
_LEASE: Final = timedelta(hours=1)
_A_DAY: Final = timedelta(days=1)


class Asker:
    """One per worker. ``scheme`` is ours: development nodes talk plain http."""

    def __init__(self, pool: Pool, fetcher: Fetcher, *, scheme: str) -> None:
        self._pool = pool
        self._fetcher = fetcher
        self._scheme = scheme
        self._after = ""

    async def ask_once(self, now: datetime) -> int:
        """Do one round. Returns how many servers were asked."""
        await self._hear(now)
        domains = await self._choose(now)
        async with asyncio.TaskGroup() as group:
            for domain in domains:
                group.create_task(self._ask(domain, now))
        return len(domains)

    async def _hear(self, now: datetime) -> None:
        """Walk on through those that talk to us, some at a time, and begin anew at the end."""
        async with transaction(self._pool) as tx:
            origins = await servers_store.walk_heard(tx, after=self._after, limit=_WALKED)
            self._after = origins[-1] if len(origins) == _WALKED else ""
            if origins:
                await servers_store.hear_of(tx, {origin_of(one).domain for one in origins}, now)

    async def _choose(self, now: datetime) -> list[Domain]:
        async with transaction(self._pool) as tx:
            if not await servers_store.lock_asking(tx):
                return []
            due = await servers_store.list_due(tx, now, limit=_WALKED)
            owners = {domain: registrable(domain) for domain in due}
            asked = await servers_store.count_asked(tx, set(owners.values()), since=now - _A_DAY)
            turns = _turns(due, owners, Counter(asked), now)
            if turns:
                await servers_store.claim(tx, turns, now)
        return [turn.domain for turn in turns if turn.is_asked]

    async def _ask(self, domain: Domain, now: datetime) -> None:
        try:
            software = read_software(
                await fetch_nodeinfo(self._fetcher, f"{self._scheme}://{domain}")
            )
        except FedinetError as error:
            logger.info("policy.not_asked domain=%s why=%s", domain, error)
            async with transaction(self._pool) as tx:
                await servers_store.fail(tx, domain, storable_reason(str(error))[:300], now)
            return
        async with transaction(self._pool) as tx:
            await servers_store.know_software(tx, domain, software, ask_at=now + KEPT)


def _turns(
    due: Sequence[Domain], owners: dict[Domain, str], asked: Counter[str], now: datetime
) -> list[Turn]:
    """Say who is asked now, the longest due first; names beyond an owner's share wait a day."""
    turns: list[Turn] = []
    chosen = 0
    for domain in due:
        owner = owners[domain]
        if asked[owner] >= EACH_OWNER:
            turns.append(Turn(domain, owner, is_asked=False, ask_at=now + _A_DAY))
        elif chosen < EACH_ROUND:
            asked[owner] += 1
            chosen += 1
            turns.append(Turn(domain, owner, is_asked=True, ask_at=now + _LEASE))
    return turns


async def keep_asking(pool: Pool, fetcher: Fetcher, stop: asyncio.Event, *, scheme: str) -> None:
    """A round a minute, until ``stop``."""
    asker = Asker(pool, fetcher, scheme=scheme)
    await every(_INTERVAL_S, lambda: asker.ask_once(datetime.now(UTC)), stop, name="policy.asking")
