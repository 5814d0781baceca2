"""What happened between two actors; ids only."""

from dataclasses import dataclass

from fedinet.kernel.ids import ActorId, Domain
from fedinet.queue.signals import signal


@signal
@dataclass(frozen=True, slots=True)
class FollowRequested:
    """Somebody waits for the yes of one of our members. ``is_silent``: by policy it notifies only
    a member who follows the one that asks."""

    follower_id: ActorId
    target_id: ActorId
    is_silent: bool = False


@signal
@dataclass(frozen=True, slots=True)
class FollowAccepted:
    """A follow holds from now on, whoever of the two is local."""

    follower_id: ActorId
    target_id: ActorId
    is_silent: bool = False


@signal
@dataclass(frozen=True, slots=True)
class FollowChanged:
    """A follower of ours wants other things of whom they follow: boosts, languages."""

    follower_id: ActorId
    target_id: ActorId


@signal
@dataclass(frozen=True, slots=True)
class FollowEnded:
    """A follow or a request is no more: withdrawn, rejected, removed or cut by a block."""

    follower_id: ActorId
    target_id: ActorId


@signal
@dataclass(frozen=True, slots=True)
class ServerKeptAway:
    """A member keeps a server away, and more follows are to end."""

    member_id: ActorId
    domain: Domain


@signal
@dataclass(frozen=True, slots=True)
class FollowsCut:
    """A rule put follows of a member aside, ended them, or let them hold again."""

    cut_id: int
