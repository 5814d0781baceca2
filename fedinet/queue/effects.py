"""After the commit: stored signals are told to the effects, in batches, in order of arrival.

The effects of a batch and its end are one transaction. When one of them
fails, the batch is tried signal by signal and effect by effect, so that one
bad signal or one broken effect holds up nothing else.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import asyncpg
import msgspec

from fedinet.db.plans import ONE_PLAN
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx, query
from fedinet.db.text import storable_reason
from fedinet.kernel.errors import Overloaded
from fedinet.queue.loop import keep_going
from fedinet.queue.signals import Effect, decode, kinds

logger = logging.getLogger(__name__)

Effects: TypeAlias = Mapping[type, Sequence[Effect]]

BATCH = 500
MAX_ATTEMPTS = 8
_FIRST_BACK_OFF_S = 5

# The kinds are one text: of an array, each would be looked at on its way here.
# What is taken is told by statements that take arrays of ids. A few are told sooner than a plan
# for them is made; for many, a plan of when the tables were small could read all of them.
# Nobody waits until it is on the disk: should the machine die before, the signals are there
# again, and the effects are told again.
_TAKE = query(
    "queue.take_signals",
    f"""
    WITH taken AS (
    DELETE FROM signals
     WHERE id = ANY (ARRAY(
        SELECT id
          FROM signals
         WHERE failed_at IS NULL AND due_at <= now() AND kind = ANY (string_to_array($1, ' '))
         ORDER BY due_at, id
         LIMIT $2
           FOR UPDATE SKIP LOCKED))
    RETURNING id, kind, body, attempts, due_at)
    SELECT *, CASE WHEN count(*) OVER () <= 16 THEN {ONE_PLAN} END,
           set_config('synchronous_commit', 'off', true)
      FROM taken
""",  # noqa: S608  # a constant
)

_CLAIM_ONE = query(
    "queue.claim_signal",
    """
    SELECT id, kind, body, attempts
      FROM signals
     WHERE id = $1 AND failed_at IS NULL AND due_at <= now()
       FOR UPDATE SKIP LOCKED
""",
)

_DELETE = query("queue.delete_signal", "DELETE FROM signals WHERE id = $1")

_RESCHEDULE = query(
    "queue.reschedule_signal",
    """
    UPDATE signals
       SET attempts = attempts + 1,
           due_at = now() + make_interval(secs => $2),
           last_error = $3,
           failed_at = CASE WHEN $4 THEN now() END
     WHERE id = $1
""",
)


async def run_signals_once(pool: Pool, effects: Effects, *, limit: int = BATCH) -> int:
    """Tell one batch of due signals to their effects. Returns how many were taken up."""
    rows: Sequence[asyncpg.Record] = ()
    try:
        async with transaction(pool) as tx:
            rows = await _take(tx, limit)
            await _tell(tx, effects, [decode(row["kind"], row["body"]) for row in rows])
    except Overloaded:
        raise
    except Exception as error:
        logger.warning("signals.apart count=%d reason=%r", len(rows), error)
        for row in rows:
            await _tell_alone(pool, effects, row["id"])
    return len(rows)


async def run_signals(
    pool: Pool, effects: Effects, stop: asyncio.Event, *, wake: asyncio.Event | None = None
) -> None:
    """Run effects until ``stop``. ``wake``: set by the listener of ``SIGNALS_CHANNEL``.

    Signals of a kind this release does not know stay for a process that does.
    """

    async def step() -> int:
        count = await run_signals_once(pool, effects)
        return count if count >= BATCH else 0  # what comes meanwhile wakes the loop

    await keep_going(step, stop, name="signals", wake=wake)


async def _take(tx: Tx, limit: int) -> list[asyncpg.Record]:
    """Remove what is due, oldest first; it is there again when ``tx`` fails."""
    rows = await tx.fetch(_TAKE, " ".join(kinds()), limit)
    return sorted(rows, key=lambda row: (row["due_at"], row["id"]))


async def _tell(tx: Tx, effects: Effects, told: Sequence[object]) -> None:
    """Each effect hears all signals of its kind at once, in the order they were stored."""
    by_kind: dict[type, list[object]] = {}
    for fact in told:
        by_kind.setdefault(type(fact), []).append(fact)
    for kind, facts in by_kind.items():
        for effect in effects.get(kind, ()):
            await effect(tx, facts)


async def _tell_alone(pool: Pool, effects: Effects, signal_id: int) -> None:
    """Tell one signal, each effect in its own savepoint; what fails is told again later."""
    async with transaction(pool) as tx:
        row = await tx.fetchrow(_CLAIM_ONE, signal_id)
        if row is None:
            return
        failure = await _failure(tx, effects, row)
        if failure is None:
            await tx.execute(_DELETE, signal_id)
        else:
            await _postpone(tx, row, failure)


async def _failure(tx: Tx, effects: Effects, row: asyncpg.Record) -> Exception | None:
    """Tell one signal, and say what went wrong; that it cannot be read is wrong, too."""
    try:
        fact = decode(row["kind"], row["body"])
    except (KeyError, msgspec.MsgspecError) as error:
        return error
    failure: Exception | None = None
    for effect in effects.get(type(fact), ()):
        try:
            async with tx.transaction():
                await effect(tx, [fact])
        except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError):
            raise
        except Exception as error:
            failure = error
    return failure


async def _postpone(tx: Tx, row: asyncpg.Record, error: Exception) -> None:
    attempts = row["attempts"] + 1
    is_final = attempts >= MAX_ATTEMPTS
    delay = _FIRST_BACK_OFF_S * 3 ** row["attempts"]
    reason = storable_reason(f"{type(error).__name__}: {error}")
    await tx.execute(_RESCHEDULE, row["id"], delay, reason, is_final)
    if is_final:
        logger.error("signal.buried kind=%s id=%d", row["kind"], row["id"], exc_info=error)
    else:
        logger.warning(
            "signal.again kind=%s id=%d in_s=%d reason=%s", row["kind"], row["id"], delay, reason
        )
