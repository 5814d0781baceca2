"""What members ask for: more of a conversation. Promised here, fetched by a job."""

from datetime import UTC, datetime
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.kernel.ids import PostId
from fedinet.queue.jobs import enqueue_job
from fedinet.threads.model import Thread, is_due

FETCH_THREAD: Final = "threads.fetch"
"""Job with ``{"post_id": …, "asked": …}``: fetch what other servers have of a conversation."""


async def look_at(pool: Pool, post_id: PostId, thread: Thread | None) -> bool:
    """A member reads a conversation: promise to look for more of it, where that is due.

    Returns whether that is going on now.
    """
    if thread is None or not is_due(thread, datetime.now(UTC)):
        return False
    async with transaction(pool) as tx:
        await promise(tx, post_id, thread.root_id, asked=True)
    return True


async def promise(
    tx: Tx, post_id: PostId, root_id: PostId, *, asked: bool, due_at: datetime | None = None
) -> None:
    """Promise one visit; one that is promised for the same conversation already is enough."""
    await enqueue_job(
        tx,
        FETCH_THREAD,
        {"post_id": post_id, "asked": asked},
        unique_key=f"{root_id} {'asked' if asked else 'came'}",
        due_at=due_at,
    )
