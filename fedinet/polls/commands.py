"""Asking and voting: what members do. Never the network."""

from collections.abc import Sequence
from datetime import datetime

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.audiences.model import Viewer
from fedinet.db.query import Tx
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import PostId
from fedinet.kernel.names import new_activity_uri
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.polls import activities, store
from fedinet.polls.model import Poll, check_choices
from fedinet.polls.promises import promise_counts, promise_end
from fedinet.polls.store import AskedPoll


async def open_poll(tx: Tx, post_id: PostId, poll: Poll) -> None:
    """Store the poll of a new post of ours, and promise its end."""
    await store.insert_polls(tx, [(post_id, poll)])
    await promise_end(tx, post_id, poll)


async def vote(
    tx: Tx, voter: Actor, post_id: PostId, choices: Sequence[int], *, now: datetime
) -> None:
    """Vote in a poll that the member may see, once; for another server's its author is told.

    Raises:
        NotFound: no such poll for this member.
        Unprocessable: it is over, or the choice is not to be had.
    """
    viewer = Viewer(voter.id, is_member=True)
    asked = await store.lock_asked(tx, viewer, post_id)
    if asked is None:
        raise NotFound(f"poll {post_id} for {voter.id}")
    before = (await store.list_chosen(tx, [(post_id, voter.id)]))[post_id, voter.id]
    is_own = asked.author_id == voter.id
    wanted = check_choices(asked.poll, choices, chosen=before, is_own=is_own, now=now)
    counted = asked.poll.with_votes(wanted, new_voter=True)
    await store.insert_votes(tx, [(post_id, voter.id, at) for at in wanted], {post_id: counted})
    if asked.is_local:
        await promise_counts(tx, post_id, now)
    else:
        await _send(tx, voter, asked, wanted)
        await promise_end(tx, post_id, asked.poll)


async def _send(tx: Tx, voter: Actor, asked: AskedPoll, choices: Sequence[int]) -> None:
    """One activity for each choice, to the personal inbox of who asked."""
    author = await get_actor(tx, asked.author_id)
    for choice in choices:
        name = asked.poll.options[choice]
        uri = new_activity_uri(voter.uri)
        sent = activities.vote(voter.uri, author.uri, asked.post_uri, name, uri=uri)
        await enqueue(tx, voter.id, Audience(actors=(author.id,), direct=True), sent)
