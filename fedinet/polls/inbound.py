"""Votes of people elsewhere in our polls. They come as the Create of a Note that is none.

``posts.inbound`` has the handler of Create, and gives what is a vote to here.

Source: FEP-9967; facts of Mastodon 4.2 to 4.7, C2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fedinet.db.query import Tx
from fedinet.inbox.dispatch import Inbound
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.polls import store
from fedinet.polls.model import Poll, decide_vote
from fedinet.polls.promises import promise_counts
from fedinet.vocab.activity import Activity
from fedinet.vocab.poll import RemoteVote, parse_votes

_UNKNOWN: Final = Dropped("unknown_poll")


@dataclass(frozen=True, slots=True)
class _Vote:
    """One choice on its way; ``of`` is the place of its activity in the batch."""

    of: int
    voter: ActorId
    vote: RemoteVote


def is_vote(activity: Activity) -> bool:
    """Tell whether a Create brings a vote and no post."""
    return bool(parse_votes(activity))


async def count_votes(tx: Tx, batch: Sequence[Inbound]) -> list[Outcome]:
    """Count the votes of a whole batch; each activity gets the outcome of its first choice.

    Polls are locked in one order for every batch, and their counts stored once.
    """
    if not batch:
        return []
    votes = [
        _Vote(of, inbound.actor_id, vote)
        for of, inbound in enumerate(batch)
        for vote in parse_votes(inbound.activity)
    ]
    targets = await store.lock_voted(tx, [(one.voter, one.vote.question) for one in votes])
    asked = {
        (target[0], one.voter)
        for one, target in zip(votes, targets, strict=True)
        if target is not None
    }
    box = _Box(await store.list_chosen(tx, sorted(asked)))
    outcomes: dict[int, Outcome] = {}
    for one, target in zip(votes, targets, strict=True):
        outcome = box.take(batch[one.of], one, target)
        if not isinstance(outcomes.get(one.of), Applied):
            outcomes[one.of] = outcome
    if box.rows:
        await store.insert_votes(tx, box.rows, box.polls)
        for post_id in sorted(box.polls):
            await promise_counts(tx, post_id, batch[0].now)
    return [outcomes[of] for of in range(len(batch))]


class _Box:
    """Decides vote by vote, so that two of one batch know of each other."""

    def __init__(self, chosen: dict[tuple[PostId, ActorId], set[int]]) -> None:
        self.rows: list[tuple[PostId, ActorId, int]] = []
        self.polls: dict[PostId, Poll] = {}
        """As they are counted now."""
        self._chosen = chosen

    def take(self, inbound: Inbound, one: _Vote, target: tuple[PostId, Poll] | None) -> Outcome:
        if one.vote.author not in (None, inbound.activity.actor):
            return Dropped("forged_author")
        if target is None:
            return _UNKNOWN
        post_id, stored = target
        poll = self.polls.get(post_id, stored)
        chosen = self._chosen[post_id, one.voter]
        choice = decide_vote(poll, one.vote.name, chosen=chosen, now=inbound.now)
        if isinstance(choice, Dropped):
            return choice
        self.polls[post_id] = poll.with_votes([choice], new_voter=not chosen)
        self.rows.append((post_id, one.voter, choice))
        chosen.add(choice)
        return Applied()
