"""Our own deferred work: claimed with a lease, tried again with back-off, buried with a reason.

Jobs are at-least-once: a process that dies gives its jobs back when the lease
ends. Remote input is never a job (``fedinet.inbox`` has its own queue).
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias, cast

import msgspec

from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx, query
from fedinet.db.text import storable_reason
from fedinet.kernel.errors import FedinetError, Overloaded
from fedinet.queue.loop import keep_going

logger = logging.getLogger(__name__)

Job: TypeAlias = Callable[[Pool, Mapping[str, object]], Awaitable[None]]
"""Does the work; opens its own transactions, may use the network, must bear to run twice."""

JOBS_CHANNEL = "fedinet_jobs"
MAX_ATTEMPTS = 8
LEASE_S = 60
"""Renewed while a job runs, so that it ends only when the process has died, and soon then."""
_TIME_LIMIT_S = 300
_FIRST_BACK_OFF_S = 15
_SLOTS = 8
_NONE_IS_SLOW: Mapping[str, int] = MappingProxyType({})

_ENQUEUE = query(
    "queue.enqueue_job",
    f"""
    WITH promised AS (
        INSERT INTO jobs (kind, payload, unique_key, due_at)
        VALUES ($1, $2::jsonb, $3, coalesce($4, now()))
            ON CONFLICT (kind, unique_key) WHERE failed_at IS NULL AND unique_key IS NOT NULL
            DO NOTHING)
    SELECT pg_notify('{JOBS_CHANNEL}', '')
""",  # noqa: S608  # a constant
)


def promised_of_each(kind: str, claimed: str) -> str:
    """SQL, for a statement that does more: a job with the ``actor_id`` of each ``id`` in a table.

    As ``enqueue_job`` with that id as ``unique_key``. The names are constants of ours.
    """
    return f"""
        INSERT INTO jobs (kind, payload, unique_key, due_at)
        SELECT '{kind}', jsonb_build_object('actor_id', id), id::text, now() FROM {claimed}
            ON CONFLICT (kind, unique_key) WHERE failed_at IS NULL AND unique_key IS NOT NULL
            DO NOTHING
        RETURNING pg_notify('{JOBS_CHANNEL}', '')"""  # noqa: S608  # constants


_CLAIM = query(
    "queue.claim_jobs",
    """
    UPDATE jobs
       SET attempts = attempts + 1, due_at = now() + make_interval(secs => $3)
     WHERE id = ANY (ARRAY(
        SELECT id
          FROM jobs
         WHERE failed_at IS NULL AND due_at <= now() AND kind = ANY ($1::text[])
         ORDER BY due_at, id
         LIMIT $2
           FOR UPDATE SKIP LOCKED))
    RETURNING id, kind, payload, attempts
""",
)

_DELETE = query("queue.delete_job", "DELETE FROM jobs WHERE id = $1 AND attempts = $2")

_DELETE_KINDS = query("queue.delete_kinds", "DELETE FROM jobs WHERE kind = ANY ($1::text[])")

_RENEW = query(
    "queue.renew_job",
    "UPDATE jobs SET due_at = now() + make_interval(secs => $3) WHERE id = $1 AND attempts = $2",
)

_RESCHEDULE = query(
    "queue.reschedule_job",
    """
    UPDATE jobs
       SET due_at = now() + make_interval(secs => $3), last_error = $4
     WHERE id = $1 AND attempts = $2
""",
)

_BURY = query(
    "queue.bury_job",
    """
    UPDATE jobs
       SET failed_at = now(), last_error = $3
     WHERE id = $1 AND attempts = $2
""",
)


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: int
    kind: str
    payload: Mapping[str, object]
    attempts: int
    """Counts this one. It is also the fence: a job that was claimed again is not ours."""


async def enqueue_job(
    tx: Tx,
    kind: str,
    payload: Mapping[str, object],
    *,
    unique_key: str | None = None,
    due_at: datetime | None = None,
) -> None:
    """Promise that a job of this kind runs if, and only if, ``tx`` commits.

    While an unfinished job with the same ``unique_key`` exists, running or
    waiting, nothing is added. ``payload`` is JSON: ids, never objects.
    """
    body = msgspec.json.encode(payload).decode()
    await tx.execute(_ENQUEUE, kind, body, unique_key, due_at)


async def forget_jobs(tx: Tx, *kinds: str) -> None:
    """Take back all of these kinds: waiting, running and failed."""
    await tx.execute(_DELETE_KINDS, kinds)


async def run_jobs_once(pool: Pool, jobs: Mapping[str, Job], *, limit: int = _SLOTS) -> int:
    """Claim what is due and run it to its end, side by side. Returns how many jobs were run."""
    claimed = await _claim(pool, list(jobs), limit)
    await asyncio.gather(*(_run(pool, jobs[job.kind], job) for job in claimed))
    return len(claimed)


async def run_jobs(
    pool: Pool,
    jobs: Mapping[str, Job],
    stop: asyncio.Event,
    *,
    wake: asyncio.Event | None = None,
    slow: Mapping[str, int] = _NONE_IS_SLOW,
) -> None:
    """Run jobs until ``stop``, a few at a time: a slow one holds one place and nothing else.

    ``slow``: kinds of which many may wait, and how many places they hold at most together.

    ``wake``: set by the listener of ``JOBS_CHANNEL``. Kinds that are not in
    ``jobs`` stay for a process that knows them.
    """
    wake = wake or asyncio.Event()
    running: dict[asyncio.Task[None], str] = {}
    quick = [kind for kind in jobs if kind not in slow]

    def ended(task: asyncio.Task[None]) -> None:
        del running[task]
        wake.set()

    async def start(kinds: Sequence[str], room: int) -> int:
        free = min(room, _SLOTS - len(running))
        claimed = await _claim(pool, kinds, free) if free > 0 else []
        for job in claimed:
            task = asyncio.create_task(_run(pool, jobs[job.kind], job), name=f"job {job.kind}")
            running[task] = job.kind
            task.add_done_callback(ended)
        return len(claimed)

    async def step() -> int:
        """Slow kinds first: they take few places, and else would wait for all others."""
        held = Counter(running.values())
        started = [await start([kind], most - held[kind]) for kind, most in slow.items()]
        return sum(started) + await start(quick, _SLOTS)

    try:
        await keep_going(step, stop, name="jobs", wake=wake)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _claim(pool: Pool, kinds: Sequence[str], limit: int) -> list[_Claimed]:
    async with transaction(pool) as tx:
        rows = await tx.fetch(_CLAIM, kinds, limit, LEASE_S)
    return [
        _Claimed(
            row["id"],
            row["kind"],
            cast(Mapping[str, object], msgspec.json.decode(row["payload"])),
            row["attempts"],
        )
        for row in rows
    ]


async def _run(pool: Pool, run: Job, job: _Claimed) -> None:
    """Run one job and record what became of it; only a dead database is left to the lease."""
    try:
        await _try(pool, run, job)
    except Overloaded as error:
        logger.warning("job.left kind=%s id=%d reason=%s", job.kind, job.id, error)


async def _try(pool: Pool, run: Job, job: _Claimed) -> None:
    if job.attempts > MAX_ATTEMPTS:
        await _bury(pool, job, "its process died each time")
        return
    try:
        async with _held(pool, job), asyncio.timeout(_TIME_LIMIT_S):
            await run(pool, job.payload)
    except Exception as error:
        await _failed(pool, job, error)
        return
    async with transaction(pool) as tx:
        await tx.execute(_DELETE, job.id, job.attempts)
    logger.info("job.done kind=%s id=%d", job.kind, job.id)


@asynccontextmanager
async def _held(pool: Pool, job: _Claimed) -> AsyncGenerator[None]:
    """Keep the lease while the block runs."""
    renewing = asyncio.create_task(_renew(pool, job), name=f"lease of job {job.id}")
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)


async def _renew(pool: Pool, job: _Claimed) -> None:
    while True:
        await asyncio.sleep(LEASE_S / 4)
        try:
            async with transaction(pool) as tx:
                await tx.execute(_RENEW, job.id, job.attempts, LEASE_S)
        except Overloaded as error:
            logger.warning("job.lease_not_renewed id=%d reason=%s", job.id, error)


async def _failed(pool: Pool, job: _Claimed, error: Exception) -> None:
    is_final = isinstance(error, FedinetError) and not error.retryable
    reason = storable_reason(f"{type(error).__name__}: {error}")
    if is_final or job.attempts >= MAX_ATTEMPTS:
        await _bury(pool, job, reason, error)
        return
    delay = _FIRST_BACK_OFF_S * 3 ** (job.attempts - 1)
    async with transaction(pool) as tx:
        await tx.execute(_RESCHEDULE, job.id, job.attempts, delay, reason)
    logger.info("job.again kind=%s id=%d in_s=%d reason=%s", job.kind, job.id, delay, reason)


async def _bury(pool: Pool, job: _Claimed, reason: str, error: Exception | None = None) -> None:
    async with transaction(pool) as tx:
        await tx.execute(_BURY, job.id, job.attempts, reason)
    logger.error("job.buried kind=%s id=%d reason=%s", job.kind, job.id, reason, exc_info=error)
