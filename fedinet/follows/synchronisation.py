"""What follows from comparing an actor's list of our followers with ours. Pure.

Source: FEP-8fcf; Mastodon 4.2-4.7 ``activitypub/synchronize_followers_service.rb``.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from fedinet.follows.model import Follow
from fedinet.kernel.ids import ActorUri


@dataclass(frozen=True, slots=True)
class Known:
    """A follow of one of ours, with its follower. ``accepted_at`` None: it waits."""

    follower: ActorUri
    follow: Follow
    accepted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Differences:
    """What brings both sides together.

    ``granted``: we wait, and they count us already: their Accept was lost.
    ``dropped``: we count ourselves, they do not. ``unknown``: they count us, and
    nobody here follows them: an Undo was lost.
    """

    granted: Sequence[Follow]
    dropped: Sequence[Follow]
    unknown: Sequence[ActorUri]

    def __bool__(self) -> bool:
        return bool(self.granted or self.dropped or self.unknown)


def compare(
    known: Sequence[Known], listed: Set[ActorUri], *, is_whole: bool, asked_at: datetime
) -> Differences:
    """Compare our follows of an actor with the people of ours that it lists.

    ``is_whole``: the list is the one its digest was made of. Only then does a
    missing name mean something; and never for what was accepted since
    ``asked_at``, which the list could not know.
    """
    return Differences(
        granted=[one.follow for one in known if one.accepted_at is None and one.follower in listed],
        dropped=[
            one.follow
            for one in known
            if is_whole
            and one.follower not in listed
            and one.accepted_at is not None
            and one.accepted_at < asked_at
        ],
        unknown=sorted(listed - {one.follower for one in known}),
    )
