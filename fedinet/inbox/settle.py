"""How a queued activity ends: in the log, or for another try. All of it in transactions."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.inbox import held_store, metrics, store
from fedinet.inbox.activities_store import record_received
from fedinet.inbox.held_store import ToHold
from fedinet.inbox.model import QueuedRow
from fedinet.inbox.reached import Received, received
from fedinet.inbox.rounds import Task, Unreadable
from fedinet.inbox.store import Finished
from fedinet.kernel.errors import Overloaded
from fedinet.kernel.outcomes import Applied, Dropped, Held, Outcome
from fedinet.kernel.uris import MAX_URI_LENGTH, origin_of
from fedinet.queue.signals import announce
from fedinet.vocab.activity import MAX_TYPE

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
_BACK_OFF_S = (20, 120)
MALFORMED = Dropped("malformed")
UNREACHABLE = Dropped("origin_unreachable")

Ended: TypeAlias = tuple[Task | Unreadable, Outcome]


class LaneLost(Overloaded):
    """Another worker has finished rows of ours meanwhile. Roll back and claim anew."""


async def end(tx: Tx, ended: Sequence[Ended]) -> None:
    """Store signals and move the rows to the log, in the handlers' transaction.

    Raises:
        LaneLost: some of the rows were not in the queue any more.
    """
    signals = [
        fact for _, outcome in ended if isinstance(outcome, Applied) for fact in outcome.signals
    ]
    await announce(tx, *signals)
    reached = [
        kept
        for task, outcome in ended
        if isinstance(task, Task) and (kept := _received(task, outcome)) is not None
    ]
    if reached:
        await record_received(tx, reached)
    await _finish(tx, [_finished(task, outcome) for task, outcome in ended])


async def end_apart(pool: Pool, ended: Sequence[Ended]) -> None:
    """End rows whose handlers did nothing, or did not run."""
    if ended:
        async with transaction(pool) as tx:
            await end(tx, ended)
        tell(ended)


async def end_held(pool: Pool, ended: Sequence[Ended], aside: Sequence[ToHold]) -> None:
    """End rows that policy keeps aside, and keep them, in one transaction."""
    if aside:
        async with transaction(pool) as tx:
            await held_store.hold(tx, aside)
            await end(tx, ended)
        tell(ended)


async def repeat_or_drop(pool: Pool, task: Task, error: BaseException) -> None:
    """After a failure of the network: again later, at most three times in all."""
    if task.row.attempts + 1 >= MAX_ATTEMPTS:
        await end_apart(pool, [(task, UNREACHABLE)])
    else:
        await _postpone(pool, task.row, "network", error)


async def repeat_or_fail(pool: Pool, task: Task, error: Exception) -> bool:
    """After a fault of ours: again later; the third time it is logged as failed, and True."""
    row = task.row
    logger.error(
        "inbox.fault type=%s id=%s attempt=%d",
        row.activity_type,
        row.activity_id,
        row.attempts + 1,
        exc_info=error,
    )
    if row.attempts + 1 < MAX_ATTEMPTS:
        await _postpone(pool, row, "fault", error)
        return False
    async with transaction(pool) as tx:
        await _finish(tx, [_logged(task, "failed", "fault")])
    metrics.FINISHED.labels("failed", "fault").inc()
    return True


def tell(ended: Sequence[Ended]) -> None:
    """Count and log, after the commit."""
    now = datetime.now(UTC)
    for task, outcome in ended:
        row = task.row
        word, reason = _word(outcome)
        metrics.FINISHED.labels(word, reason).inc()
        metrics.SECONDS.observe((now - row.received_at).total_seconds())
        logger.info(
            "inbox.%s type=%s reason=%s id=%s", word, row.activity_type, reason, row.activity_id
        )


async def _postpone(pool: Pool, row: QueuedRow, cause: str, error: BaseException) -> None:
    delay = _BACK_OFF_S[min(row.attempts, len(_BACK_OFF_S) - 1)]
    async with transaction(pool) as tx:
        await store.postpone(tx, row.id, delay_s=delay, error=f"{type(error).__name__}: {error}")
    metrics.POSTPONED.labels(cause).inc()


async def _finish(tx: Tx, finished: Sequence[Finished]) -> None:
    found = await store.finish(tx, finished)
    if found != len(finished):
        raise LaneLost(f"{len(finished) - found} of {len(finished)} rows were finished elsewhere")


def _finished(task: Task | Unreadable, outcome: Outcome) -> Finished:
    return _logged(task, *_word(outcome))


def _logged(task: Task | Unreadable, word: str, reason: str) -> Finished:
    """What the log keeps of an activity: addresses, which may be long, cut to what is sane."""
    row = task.row
    domain = origin_of(row.actor).domain
    if isinstance(task, Unreadable):
        return Finished(row.id, domain, "?", None, word, reason, None)
    uri = task.activity.object_uri
    return Finished(
        row_id=row.id,
        domain=domain,
        object_type=task.activity.object_type[:MAX_TYPE],
        object_uri=None if uri is None else uri[:MAX_URI_LENGTH],
        outcome=word,
        reason=reason,
        seen=task.seen,
    )


def _received(task: Task, outcome: Outcome) -> Received | None:
    """What members' ActivityPub inboxes show of it; a personal one counts if its actor knocked."""
    row = task.row
    inbox_of = None if row.is_forwarded else row.inbox_of
    return received(task.activity, outcome, inbox_of=inbox_of)


def _word(outcome: Outcome) -> tuple[str, str]:
    """The log's word for an outcome, and the reason."""
    match outcome:
        case Applied():
            return "applied", ""
        case Dropped(reason):
            return "dropped", reason
        case Held(reason=reason):
            return "held", reason
