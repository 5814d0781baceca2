"""Work about polls that can wait: promised here, done by ``posts.poll_jobs``.

Telling an audience and fetching a post are what posts do; polls stand below them.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from fedinet.db.query import Tx
from fedinet.kernel.ids import PostId
from fedinet.polls import store
from fedinet.polls.model import Poll
from fedinet.queue.jobs import enqueue_job

END_POLL: Final = "polls.end"
"""Job with ``{"post_id": …}``: tell everybody that it is over, or look again when its end moved."""
TELL_COUNTS: Final = "polls.tell_counts"
"""Job with ``{"post_id": …}``: send the counts of a poll of ours to its audience."""
REFRESH_POLL: Final = "polls.refresh"
"""Job with ``{"post_id": …}``: read the counts of a remote poll anew."""

TOLD_EACH: Final = timedelta(minutes=3)
"""Counts of a poll of ours are sent so often at most, as Mastodon does."""
_LOOKED_EACH: Final = timedelta(minutes=10)


async def promise_end(tx: Tx, post_id: PostId, poll: Poll) -> None:
    """Notice the end of a poll. Again for another end: one job each, the earlier finds nothing."""
    if poll.ends_at is None or poll.closed_at is not None:
        return
    key = f"{post_id} {int(poll.ends_at.timestamp())}"
    payload = {"post_id": post_id}
    await enqueue_job(tx, END_POLL, payload, unique_key=key, due_at=poll.ends_at)


async def promise_counts(tx: Tx, post_id: PostId, now: datetime) -> None:
    """Tell the counts at the end of the present three minutes.

    The stretch of time is part of the key: a vote that comes while the job of
    its forerunners runs is told by the next.
    """
    seconds = int(TOLD_EACH.total_seconds())
    stretch = int(now.timestamp()) // seconds + 1
    due_at = datetime.fromtimestamp(stretch * seconds, UTC)
    key = f"{post_id} {stretch}"
    await enqueue_job(tx, TELL_COUNTS, {"post_id": post_id}, unique_key=key, due_at=due_at)


async def look_at_poll(tx: Tx, post_id: PostId, now: datetime) -> None:
    """A member looks at a remote poll: ask for its counts once after its end, rarely before."""
    if await store.may_look_at(tx, post_id, now, pause=_LOOKED_EACH):
        await enqueue_job(tx, REFRESH_POLL, {"post_id": post_id}, unique_key=str(post_id))
