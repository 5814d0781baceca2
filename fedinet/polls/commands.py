"""Asking and voting: what members do. Never the network."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.audiences.model import Viewer
from fedinet.db.query import Tx
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import PostId
from fedinet.kernel.names import new_activity_uri
from fedinet.kernel.outcomes import Dropped
from fedinet.kernel.problems import N_
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.polls import activities, store
from fedinet.polls.model import Poll, check_choices, decide_vote
from fedinet.polls.promises import promise_counts, promise_end
from fedinet.polls.store import AskedPoll

_WHY_NOT: Final = {
    "already_voted": N_("You have voted already"),
    "poll_ended": N_("This poll has ended"),
    "unknown_option": N_("This answer is not there to choose"),
}


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


async def vote_by_name(
    tx: Tx, voter: Actor, post_id: PostId, name: str, *, now: datetime
) -> AskedPoll | None:
    """Vote as an activity does: one choice, by its words. Telling who asked is the caller's.

    Several choices come one after another. None: no such poll for this member.

    Raises:
        Unprocessable: it is one's own, over, voted in already, or the choice is not to be had.
    """
    asked = await store.lock_asked(tx, Viewer(voter.id, is_member=True), post_id)
    if asked is None:
        return None
    if asked.author_id == voter.id:
        raise Unprocessable("own poll", public=N_("You asked this yourself"))
    chosen = (await store.list_chosen(tx, [(post_id, voter.id)]))[post_id, voter.id]
    choice = decide_vote(asked.poll, name, chosen=chosen, now=now)
    if isinstance(choice, Dropped):
        raise Unprocessable(choice.reason, public=_WHY_NOT[choice.reason])
    counted = asked.poll.with_votes([choice], new_voter=not chosen)
    await store.insert_votes(tx, [(post_id, voter.id, choice)], {post_id: counted})
    if asked.is_local:
        await promise_counts(tx, post_id, now)
    else:
        await promise_end(tx, post_id, asked.poll)
    return asked


async def _send(tx: Tx, voter: Actor, asked: AskedPoll, choices: Sequence[int]) -> None:
    """One activity for each choice, to the personal inbox of who asked."""
    author = await get_actor(tx, asked.author_id)
    for choice in choices:
        name = asked.poll.options[choice]
        uri = new_activity_uri(voter.uri)
        sent = activities.vote(voter.uri, author.uri, asked.post_uri, name, uri=uri)
        await enqueue(tx, voter.id, Audience(actors=(author.id,), direct=True), sent)
