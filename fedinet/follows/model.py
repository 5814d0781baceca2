"""Who may follow whom, and how two actors stand to each other. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fedinet.actors.model import Actor
from fedinet.kernel.ids import ActorId


class FollowState(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """One row of ``follows``."""

    id: int
    """Cursor of lists only; the row's key is (follower, target)."""
    follower_id: ActorId
    target_id: ActorId
    state: FollowState
    uri: str
    """Id of the Follow activity as its sender wrote it; empty if it had none."""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a follower wants of whom they follow; None: as it is. Nobody else is told."""

    notify: bool | None = None
    """Told of each new post."""
    boosts: bool | None = None
    languages: tuple[str, ...] | None = None
    """Only posts in these; empty: in all. A post that names no language is in all."""


@dataclass(frozen=True, slots=True)
class FollowGranted:
    state: FollowState


@dataclass(frozen=True, slots=True)
class FollowRefused:
    """``is_answered``: a remote follower is told by a Reject, as Mastodon does."""

    reason: str
    is_answered: bool = False


FollowDecision = FollowGranted | FollowRefused


def decide_follow(
    follower: Actor, target: Actor, *, blocked: bool, is_careful: bool = False
) -> FollowDecision:
    """Say whether a Follow is refused, waits for the target's yes, or holds at once.

    ``blocked``: either of the two blocks the other; whoever blocks lifts that first.
    ``is_careful``: policy wants every follow from there to wait for a yes.
    A remote target's own server decides, so that a Follow of it always waits.

    Source: Mastodon 4.2-4.6 ``activitypub/activity/follow.rb`` for what is answered.
    """
    if follower.id == target.id:
        return FollowRefused("follow_of_self")
    if follower.is_gone or follower.is_suspended:
        return FollowRefused("follower_unavailable")
    if target.is_gone or target.is_suspended:
        return FollowRefused("target_unavailable")
    if is_node_actor(target):
        return FollowRefused("follow_of_node_actor", is_answered=True)
    if blocked:
        return FollowRefused("blocked", is_answered=True)
    if target.moved_to is not None:
        return FollowRefused("target_moved", is_answered=True)
    if not target.is_local or target.approves_followers or is_careful:
        return FollowGranted(FollowState.PENDING)
    return FollowGranted(FollowState.ACCEPTED)


def is_node_actor(actor: Actor) -> bool:
    """Tell the actor of this server itself: our only Application. Nobody follows it."""
    return actor.is_local and actor.kind == "Application"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """How ``owner`` and somebody else stand, seen by the owner.

    Only what the owner may know: ``blocked_by`` is what the other's server told
    us, or what another member's block implies.
    """

    following: bool = False
    requested: bool = False
    notifying: bool = False
    """The owner is told of each new post."""
    boosts: bool = True
    """What the other shares comes into the owner's home."""
    languages: tuple[str, ...] | None = None
    """Only posts in these do."""
    followed_by: bool = False
    requested_by: bool = False
    blocking: bool = False
    blocked_by: bool = False
    server_kept: bool = False
    """The owner keeps away the server where the other is at home."""
    muting: bool = False
    muting_until: datetime | None = None
    endorsed: bool = False
    note: str = ""
    """What the owner wrote about the other, for themselves."""


STRANGERS = Relationship()
