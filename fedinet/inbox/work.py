"""The worker: queued activities, line by line, through their handlers into the log.

Each activity ends in one transaction: what the handler changed, its signals,
the row's way from the queue to the log. What needs the network is prepared
beside the loop, before its transaction, and only its own line waits for it.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.inbox import store
from fedinet.inbox.apply import apply, apply_one
from fedinet.inbox.dispatch import HandlerTable
from fedinet.inbox.gather import TIME_LIMIT_S, Patient, Source, try_again
from fedinet.inbox.hearsay import Witness
from fedinet.inbox.judge import Judge
from fedinet.inbox.model import LANES, QueuedRow, lane_of
from fedinet.inbox.prepare import NeedsNetwork, Preparer, Ready, Senders
from fedinet.inbox.rounds import Lines, Task, Unreadable, read_row
from fedinet.inbox.settle import MALFORMED, end_apart, end_held, repeat_or_drop, repeat_or_fail
from fedinet.kernel.errors import Malformed, Overloaded
from fedinet.kernel.outcomes import Dropped, Held, Outcome

logger = logging.getLogger(__name__)

BATCH: Final = 128
MAX_BESIDE: Final = 64
MAX_PARKED: Final = 2000
_USUAL_DEPTH: Final = 8


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Worker:
    """Works on the lanes it is told to. One per process; ``run_inbox`` keeps it going."""

    def __init__(
        self,
        pool: Pool,
        table: HandlerTable,
        source: Source,
        *,
        clock: Callable[[], datetime] = _utc_now,
        wake: asyncio.Event | None = None,
        witness: Witness | None = None,
        judge: Judge | None = None,
    ) -> None:
        self._pool = pool
        self._judge = judge
        self._table = table
        self._preparer = Preparer(pool, table, Patient(source), clock, witness)
        self._wake = wake or asyncio.Event()
        self._beside: dict[str, asyncio.Task[None]] = {}
        self._parked: set[str] = set()
        self._depth = _USUAL_DEPTH

    async def step(self, lanes: Collection[int]) -> Sequence[QueuedRow]:
        """Claim one batch of these lanes and work on it. Returns the rows claimed."""
        rows = await self._claim(lanes) if lanes else []
        if not rows:
            return rows
        read = await asyncio.to_thread(lambda: [read_row(row, self._table) for row in rows])
        unreadable = [one for one in read if isinstance(one, Unreadable)]
        await end_apart(self._pool, [(one, MALFORMED) for one in unreadable])
        await self._work_through([one for one in read if isinstance(one, Task)])
        return rows

    async def settle(self) -> None:
        """Wait for what is being prepared beside the loop."""
        while self._beside:
            await asyncio.gather(*self._beside.values())

    async def _claim(self, lanes: Collection[int]) -> list[QueuedRow]:
        async with transaction(self._pool) as tx:
            rows = await store.claim(
                tx,
                lanes,
                depth=self._depth,
                without=[*self._beside, *self._parked],
                limit=BATCH,
            )
        self._depth = _next_depth(rows, self._depth)
        return rows

    async def _work_through(self, tasks: Sequence[Task]) -> None:
        async with transaction(self._pool) as tx:
            senders = await store.find_senders(tx, {task.row.actor for task in tasks})
        lines = Lines(tasks)
        while groups := lines.next_round():
            for group in groups:
                for line in await self._work_on(group, senders):
                    lines.drop(line)

    async def _work_on(self, group: Sequence[Task], senders: Senders) -> set[str]:
        """Work on one group of one kind. Returns the lines that have to stop here for now."""
        stopped: set[str] = set()
        ready: list[Ready] = []
        dropped: list[tuple[Task, Outcome]] = []
        prepared = await self._preparer.now(group, senders)
        for task, one in zip(group, prepared, strict=True):
            if task.row.line in stopped:
                continue
            match one:
                case Ready():
                    ready.append(one)
                case Dropped():
                    dropped.append((task, one))
                case NeedsNetwork():
                    stopped.add(task.row.line)
                    await self._put_beside(task)
        await end_apart(self._pool, dropped)
        return stopped | await apply(self._pool, self._table, await self._let_in(ready))

    async def _let_in(self, ready: Sequence[Ready]) -> list[Ready]:
        """Ask the policy; end what it drops or holds, and give back the rest."""
        if self._judge is None:
            return list(ready)
        judged = await self._judge.judge(ready)
        dropped = [
            (one.ready.task, one.refusal) for one in judged if isinstance(one.refusal, Dropped)
        ]
        held = [(one.ready, one.refusal) for one in judged if isinstance(one.refusal, Held)]
        await end_apart(self._pool, dropped)
        await end_held(
            self._pool,
            [(one.task, held_word) for one, held_word in held],
            [self._judge.seal(one, held_word) for one, held_word in held],
        )
        return [one.ready for one in judged if one.refusal is None]

    async def _put_beside(self, task: Task) -> None:
        """Prepare a task in the background; its line waits, the loop goes on.

        When too many lines wait for a place already, the attempt is counted as
        failed: whoever floods us with what other servers must confirm may lose
        some of it, and holds up nobody else.
        """
        line = task.row.line
        if len(self._beside) < MAX_BESIDE:
            work = asyncio.create_task(self._prepare_and_apply(task), name=f"inbox {task.row.id}")
            self._beside[line] = work
            work.add_done_callback(lambda _: self._came_back(line))
        elif len(self._parked) < MAX_PARKED:
            self._parked.add(line)
        else:
            error = Overloaded("too many activities need the network")
            await repeat_or_drop(self._pool, task, error)

    def _came_back(self, line: str) -> None:
        del self._beside[line]
        self._parked.clear()
        self._wake.set()

    async def _prepare_and_apply(self, task: Task) -> None:
        try:
            prepared = await self._prepared(task)
            if isinstance(prepared, Dropped):
                await end_apart(self._pool, [(task, prepared)])
                return
            for ready in await self._let_in([prepared]):
                await apply_one(self._pool, self._table, ready)
        except Exception as error:
            await self._record_failure(task, error)

    async def _prepared(self, task: Task) -> Ready | Dropped:
        try:
            async with asyncio.timeout(TIME_LIMIT_S):
                return await self._preparer.beside(task)
        except Malformed as error:
            logger.info("inbox.malformed id=%s reason=%s", task.row.activity_id, error)
            return MALFORMED

    async def _record_failure(self, task: Task, error: Exception) -> None:
        try:
            if try_again(error):
                await repeat_or_drop(self._pool, task, error)
            else:
                await repeat_or_fail(self._pool, task, error)
        except Overloaded as worse:  # the row stays as it is and is claimed again
            logger.warning("inbox.left id=%s reason=%s", task.row.activity_id, worse)


async def process_once(
    pool: Pool,
    table: HandlerTable,
    source: Source,
    *,
    lanes: Collection[int] = range(LANES),
    clock: Callable[[], datetime] = _utc_now,
    witness: Witness | None = None,
    judge: Judge | None = None,
) -> int:
    """Claim one batch and bring it to its end, the network included. Returns how many rows."""
    worker = Worker(pool, table, source, clock=clock, witness=witness, judge=judge)
    rows = await worker.step(lanes)
    await worker.settle()
    return len(rows)


def _next_depth(rows: Sequence[QueuedRow], depth: int) -> int:
    """Choose how many rows of each lane to look at next time.

    Deep where few lanes have work, shallow where many have: a claim then looks
    at no more than a few batches of rows, however long the queue is.
    """
    lanes = Counter(lane_of(row.line) for row in rows)
    if len(rows) == BATCH:
        return min(BATCH, max(2, 2 * BATCH // len(lanes)))
    if lanes and max(lanes.values()) >= depth:
        return min(BATCH, 4 * depth)
    return _USUAL_DEPTH
