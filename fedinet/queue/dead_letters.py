"""Jobs and signals that were given up: tried again on a steward's word, forgotten after a month."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from fedinet.db.batches import in_batches
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.queue.jobs import JOBS_CHANNEL
from fedinet.queue.signals import SIGNALS_CHANNEL

FAILED_KEPT_FOR: Final = timedelta(days=30)

_RETRY_JOBS = query(
    "queue.retry_failed_jobs",
    """
    WITH chosen AS (
        SELECT id
          FROM jobs j
         WHERE failed_at IS NOT NULL AND id > $1
           AND NOT EXISTS (
                SELECT FROM jobs live
                 WHERE live.kind = j.kind AND live.unique_key = j.unique_key
                   AND live.failed_at IS NULL)
           AND NOT EXISTS (
                SELECT FROM jobs newer
                 WHERE newer.kind = j.kind AND newer.unique_key = j.unique_key
                   AND newer.failed_at IS NOT NULL AND newer.id > j.id)
         ORDER BY id
         LIMIT $2
           FOR UPDATE SKIP LOCKED
    ), risen AS (
        UPDATE jobs SET failed_at = NULL, attempts = 0, due_at = now()
         WHERE id IN (SELECT id FROM chosen)
        RETURNING id
    )
    SELECT count(*) AS number, coalesce(max(id), $1) AS last FROM risen
""",
)

_RETRY_SIGNALS = query(
    "queue.retry_failed_signals",
    """
    WITH chosen AS (
        SELECT id
          FROM signals
         WHERE failed_at IS NOT NULL AND id > $1
         ORDER BY id
         LIMIT $2
           FOR UPDATE SKIP LOCKED
    ), risen AS (
        UPDATE signals SET failed_at = NULL, attempts = 0, due_at = now()
         WHERE id IN (SELECT id FROM chosen)
        RETURNING id
    )
    SELECT count(*) AS number, coalesce(max(id), $1) AS last FROM risen
""",
)

_LIST_FAILED = query(
    "queue.list_failed",
    """
    SELECT kind, count(*) AS number, max(failed_at) AS failed_at,
           coalesce((array_agg(last_error ORDER BY failed_at DESC))[1], '') AS said
      FROM (SELECT kind, failed_at, last_error FROM jobs WHERE failed_at IS NOT NULL
             UNION ALL
            SELECT kind, failed_at, last_error FROM signals WHERE failed_at IS NOT NULL) AS failed
     GROUP BY kind
     ORDER BY max(failed_at) DESC
     LIMIT $1
""",
)

_PRUNE_JOBS = query(
    "queue.prune_failed_jobs",
    """
    WITH pruned AS (
        DELETE FROM jobs
         WHERE id IN (
            SELECT id FROM jobs
             WHERE failed_at < now() - $1::interval AND kind <> ALL ($2::text[])
             LIMIT $3)
        RETURNING id)
    SELECT count(*) FROM pruned
""",
)

_PRUNE_SIGNALS = query(
    "queue.prune_failed_signals",
    """
    WITH pruned AS (
        DELETE FROM signals
         WHERE id IN (SELECT id FROM signals WHERE failed_at < now() - $1::interval LIMIT $2)
        RETURNING id)
    SELECT count(*) FROM pruned
""",
)


@dataclass(frozen=True, slots=True)
class Failed:
    """Jobs or signals of one kind that were given up. ``said``: what the last of them died of."""

    kind: str
    number: int
    failed_at: datetime
    said: str


async def list_failed(conn: Conn, limit: int) -> Sequence[Failed]:
    """By kind, the latest first."""
    return [Failed(**row) for row in await conn.fetch(_LIST_FAILED, limit)]


async def retry_failed(pool: Pool) -> tuple[int, int]:
    """Make buried jobs and signals due again, in small transactions. Returns how many of each.

    Of several jobs with one ``unique_key`` only the newest comes back, and none
    while another of that key is alive.
    """
    jobs = await _retry(pool, _RETRY_JOBS, JOBS_CHANNEL)
    return jobs, await _retry(pool, _RETRY_SIGNALS, SIGNALS_CHANNEL)


async def prune_failed(pool: Pool, *, owed: Collection[str]) -> int:
    """Forget what was given up a month ago. ``owed``: kinds of jobs that stay until they are done.

    Returns how many.
    """

    async def jobs(tx: Tx, limit: int) -> int:
        return int(await tx.fetchval(_PRUNE_JOBS, FAILED_KEPT_FOR, list(owed), limit))

    async def signals(tx: Tx, limit: int) -> int:
        return int(await tx.fetchval(_PRUNE_SIGNALS, FAILED_KEPT_FOR, limit))

    return await in_batches(pool, jobs) + await in_batches(pool, signals)


async def _retry(pool: Pool, statement: str, channel: str) -> int:
    """By id, so that what fails again meanwhile is not taken twice."""
    last = 0

    async def step(tx: Tx, limit: int) -> int:
        nonlocal last
        row = await tx.fetchrow(statement, last, limit)
        assert row is not None  # noqa: S101  # a SELECT of a count has one row
        last = row["last"]
        await tx.execute("SELECT pg_notify($1, '')", channel)
        return int(row["number"])

    return await in_batches(pool, step)
