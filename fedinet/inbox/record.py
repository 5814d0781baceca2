"""Group commit: everything that arrived while the last commit ran is the next one.

No timer and no statement per request: under load the batches grow, alone a
request commits at once. Whoever waits here has its answer when its row is
durable, and not before.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import asyncpg

from fedinet.db.pool import as_overloaded, transaction
from fedinet.db.query import Pool
from fedinet.inbox import metrics, store
from fedinet.inbox.model import Arrival
from fedinet.kernel.errors import Malformed, Overloaded

logger = logging.getLogger(__name__)

MAX_BATCH = 200
MAX_BATCH_BYTES = 8 * 1024 * 1024
MAX_WAITING = 2000
"""Beyond this the answer is 503: a longer line would only time out on the other side."""

_UNSTORABLE = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)
"""What one row can be the cause of. Anything else is our fault, and the peer is to come again."""

_Key = tuple[str, bytes]


@dataclass(slots=True)
class _Place:
    arrival: Arrival
    done: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Recorder:
    """One per web process: ``async with Recorder(pool) as recorder``."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: dict[_Key, _Place] = {}
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="inbox recorder")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop. Whoever still waits is told to come again: nothing of theirs is recorded."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for place in self._waiting.values():
            _refuse(place, Overloaded("the inbox is closing"))
        self._waiting.clear()

    async def record(self, arrival: Arrival) -> None:
        """Return once the activity is durable, whether by this request or an earlier one.

        Raises:
            Overloaded: the database is away, full or paused, or the line is too long.
            Malformed: the database cannot store exactly this one.
        """
        key = (arrival.origin, arrival.seen_hash)
        place = self._waiting.get(key)
        if place is None:
            if len(self._waiting) >= MAX_WAITING:
                raise Overloaded(f"{MAX_WAITING} activities wait to be recorded")
            place = self._waiting[key] = _Place(arrival)
            self._arrived.set()
        await asyncio.shield(place.done)

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            batch = self._take()
            try:
                await self._flush(batch)
            except Exception as error:
                logger.exception("inbox.not_recorded count=%d", len(batch))
                _refuse_all(batch, Overloaded(f"not recorded: {error!r}"))
            except BaseException:
                _refuse_all(batch, Overloaded("the inbox is closing"))
                raise

    def _take(self) -> list[_Place]:
        """The oldest arrivals, as many as one statement should carry."""
        batch: list[_Place] = []
        size = 0
        while self._waiting and len(batch) < MAX_BATCH and size < MAX_BATCH_BYTES:
            place = self._waiting.pop(next(iter(self._waiting)))
            size += len(place.arrival.body)
            batch.append(place)
        if not self._waiting:
            self._arrived.clear()
        return batch

    async def _flush(self, batch: Sequence[_Place]) -> None:
        try:
            recorded = await self._record([place.arrival for place in batch])
        except Overloaded as error:
            logger.warning("inbox.unavailable count=%d reason=%s", len(batch), error)
            _refuse_all(batch, error)
            return
        except _UNSTORABLE as error:
            if len(batch) == 1:
                logger.warning("inbox.unstorable reason=%r", error)
                _refuse_all(batch, Malformed(f"cannot be stored: {error!r}"))
                return
            # One row that the database will not take must not refuse the others.
            for place in batch:
                await self._flush([place])
            return
        metrics.RECORDED.observe(len(batch))
        metrics.REPEATED.inc(len(batch) - recorded.fresh)
        for place in batch:
            if not place.done.done():
                place.done.set_result(None)

    async def _record(self, arrivals: Sequence[Arrival]) -> store.Recorded:
        try:
            async with transaction(self._pool) as tx:
                recorded = await store.record(tx, arrivals)
        except Exception as error:
            overloaded = as_overloaded(error)
            if overloaded is None or overloaded is error:
                raise
            raise overloaded from error
        if recorded.paused:
            raise Overloaded("this node is paused after a restore")
        return recorded


def _refuse_all(batch: Sequence[_Place], error: Exception) -> None:
    for place in batch:
        _refuse(place, error)


def _refuse(place: _Place, error: Exception) -> None:
    if not place.done.done():
        place.done.set_exception(error)
        place.done.exception()  # read once, in case the peer has gone and nobody waits
