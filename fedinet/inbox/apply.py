"""Prepared tasks through their handlers: a batch in one transaction, else each in its own."""

import logging
from collections.abc import Sequence

import asyncpg

from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.inbox.dispatch import (
    NOT_RELEVANT,
    HandlerMany,
    HandlerTable,
    Received,
    dispatch,
    quieted,
)
from fedinet.inbox.prepare import Ready
from fedinet.inbox.settle import MALFORMED, end, end_apart, repeat_or_fail, tell
from fedinet.kernel.errors import Malformed, Overloaded
from fedinet.kernel.outcomes import Applied, Outcome

logger = logging.getLogger(__name__)


async def apply(pool: Pool, table: HandlerTable, ready: Sequence[Ready]) -> set[str]:
    """Apply tasks of one kind, in order. Returns the lines that have to be tried again later.

    A batch that fails is applied one by one, so that one bad activity costs
    the others nothing but time. Two workers' batches may lock posts in
    different orders: then PostgreSQL ends one of them, and that goes the same way.
    """
    many = _many(ready)
    if many is not None and await _apply_many(pool, table, many, ready):
        return set()
    stopped: set[str] = set()
    for one in ready:
        if one.task.row.line not in stopped and not await apply_one(pool, table, one):
            stopped.add(one.task.row.line)
    return stopped


async def apply_one(pool: Pool, table: HandlerTable, ready: Ready) -> bool:
    """Apply one activity in its own transaction. False: it will be tried again."""
    try:
        async with transaction(pool) as tx:
            outcome = await dispatch(tx, table, ready.inbound)
            await _tell_afterwards(tx, table, [(ready, outcome)])
            await end(tx, [(ready.task, outcome)])
    except Malformed as error:
        logger.info("inbox.malformed id=%s reason=%s", ready.task.row.activity_id, error)
        await end_apart(pool, [(ready.task, MALFORMED)])
    except Exception as error:
        if _is_everybodys(error):
            raise
        return await repeat_or_fail(pool, ready.task, error)
    else:
        tell([(ready.task, outcome)])
    return True


async def _apply_many(
    pool: Pool, table: HandlerTable, many: HandlerMany, ready: Sequence[Ready]
) -> bool:
    try:
        async with transaction(pool) as tx:
            outcomes = await many(tx, [one.inbound for one in ready])
            decided = [
                (one, quieted(outcome, one.inbound))
                for one, outcome in zip(ready, outcomes, strict=True)
            ]
            await _tell_afterwards(tx, table, decided)
            ended = [(one.task, outcome) for one, outcome in decided]
            await end(tx, ended)
    except Exception as error:
        if _is_everybodys(error):
            raise
        logger.warning("inbox.apart count=%d reason=%r", len(ready), error)
        return False
    tell(ended)
    return True


async def _tell_afterwards(
    tx: Tx, table: HandlerTable, decided: Sequence[tuple[Ready, Outcome]]
) -> None:
    if table.afterwards is None:
        return
    applied = [
        Received(one.inbound, one.task.row.body, is_direct=not one.task.row.is_forwarded)
        for one, outcome in decided
        if isinstance(outcome, Applied) or outcome == NOT_RELEVANT
    ]
    if applied:
        await table.afterwards(tx, applied)


def _many(ready: Sequence[Ready]) -> HandlerMany | None:
    if not ready or len(ready[0].task.entries) != 1:
        return None
    if any(one.inbound.activity.others for one in ready):
        return None  # several objects in one activity: dispatch takes them apart
    return ready[0].task.entries[0].many


def _is_everybodys(error: Exception) -> bool:
    """Tell a dead database from a fault of one activity: only the latter counts against it."""
    return isinstance(error, Overloaded) and not isinstance(
        error.__cause__, asyncpg.QueryCanceledError
    )
