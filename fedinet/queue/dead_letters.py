"""Jobs and signals that were given up, tried again on a steward's word."""

from fedinet.db.query import Tx, query
from fedinet.queue.jobs import JOBS_CHANNEL
from fedinet.queue.signals import SIGNALS_CHANNEL

_RETRY_JOBS = query(
    "queue.retry_failed_jobs",
    """
    UPDATE jobs
       SET failed_at = NULL, attempts = 0, due_at = now()
     WHERE id IN (
        SELECT DISTINCT ON (kind, coalesce(unique_key, id::text)) id
          FROM jobs j
         WHERE failed_at IS NOT NULL
           AND NOT EXISTS (
                SELECT FROM jobs live
                 WHERE live.kind = j.kind AND live.unique_key = j.unique_key
                   AND live.failed_at IS NULL)
         ORDER BY kind, coalesce(unique_key, id::text), id DESC)
""",
)

_RETRY_SIGNALS = query(
    "queue.retry_failed_signals",
    """
    UPDATE signals
       SET failed_at = NULL, attempts = 0, due_at = now()
     WHERE failed_at IS NOT NULL
""",
)


async def retry_failed(tx: Tx) -> tuple[int, int]:
    """Make buried jobs and signals due again. Returns how many of each.

    Of several jobs with one ``unique_key`` only the newest comes back, and none
    while another of that key is alive.
    """
    jobs = await tx.execute(_RETRY_JOBS)
    signals = await tx.execute(_RETRY_SIGNALS)
    for channel in (JOBS_CHANNEL, SIGNALS_CHANNEL):
        await tx.execute("SELECT pg_notify($1, '')", channel)
    return _count(jobs), _count(signals)


def _count(status: str) -> int:
    return int(status.rsplit(" ", 1)[1])
