"""What other servers say anew of their polls: counts, an end, other options. In the caller's tx.

Source: facts of Mastodon 4.2 to 4.7, C2 and C3 (``process_status_update_service.rb``).
"""

from dataclasses import dataclass, replace
from datetime import datetime

from fedinet.db.query import Tx
from fedinet.kernel.ids import PostId
from fedinet.polls import store
from fedinet.polls.model import Poll
from fedinet.polls.promises import promise_end
from fedinet.polls.signals import PollEnded
from fedinet.polls.store import StoredPoll
from fedinet.queue.signals import announce


@dataclass(frozen=True, slots=True)
class Revised:
    """What became of a stored poll. ``replaced``: other options, a change of the post itself."""

    counted: bool = False
    replaced: bool = False


UNCHANGED = Revised()


async def revise(
    tx: Tx,
    post_id: PostId,
    poll: Poll | None,
    *,
    said_at: datetime | None,
    is_edit: bool,
    now: datetime,
) -> Revised:
    """Apply what the author's server says now. The caller holds the post.

    Counts and the end always change. Other options, or other rules, only with an
    edit, and then all votes are gone, as they are there. ``said_at``: the date of
    the Update; an older one than the last says nothing new.
    """
    stored = await store.lock_stored(tx, post_id)
    if stored is None or poll is None or not stored.poll.asks_the_same(poll):
        return await _replace(tx, post_id, stored, poll) if is_edit else UNCHANGED
    if said_at is not None and stored.said_at is not None and said_at < stored.said_at:
        return UNCHANGED
    before = stored.poll
    closed_at = poll.closed_at and (before.closed_at or poll.closed_at)
    known = replace(poll, closed_at=closed_at, hides_totals=before.hides_totals)
    if known == before:
        return UNCHANGED
    await store.set_said(tx, post_id, known, said_at=said_at)
    is_moved = known.ends_at != before.ends_at and not known.has_ended(now)
    if is_moved and await store.has_votes(tx, post_id):  # else nobody here waits for it
        await promise_end(tx, post_id, known)
    if known.closed_at is not None and before.closed_at is None:
        await announce(tx, PollEnded(post_id))
    return Revised(counted=True)


async def _replace(
    tx: Tx, post_id: PostId, stored: StoredPoll | None, poll: Poll | None
) -> Revised:
    if poll is None:
        if stored is None:
            return UNCHANGED
        await store.delete_poll(tx, post_id)
    elif stored is not None:
        await store.forget_votes(tx, post_id)
        await store.set_said(tx, post_id, poll, said_at=None)
    else:
        await store.insert_polls(tx, [(post_id, poll)])
    return Revised(replaced=True)
