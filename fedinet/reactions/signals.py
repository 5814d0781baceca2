"""What happened to posts; ids only."""

from dataclasses import dataclass

from fedinet.kernel.ids import ActorId, PostId
from fedinet.queue.signals import signal


@signal
@dataclass(frozen=True, slots=True)
class Liked:
    """``is_silent``, here and below: by policy it notifies only those who follow the actor."""

    actor_id: ActorId
    post_id: PostId
    is_silent: bool = False


@signal
@dataclass(frozen=True, slots=True)
class Unliked:
    actor_id: ActorId
    post_id: PostId


@signal
@dataclass(frozen=True, slots=True)
class Reacted:
    """Somebody thanked with an emoji, and not by a Like that carries one."""

    actor_id: ActorId
    post_id: PostId
    is_silent: bool = False


@signal
@dataclass(frozen=True, slots=True)
class Unreacted:
    """One of the emoji is taken back; others may still stand there."""

    actor_id: ActorId
    post_id: PostId


@signal
@dataclass(frozen=True, slots=True)
class Boosted:
    boost_id: int
    actor_id: ActorId
    post_id: PostId
    is_silent: bool = False


@signal
@dataclass(frozen=True, slots=True)
class Unboosted:
    """The row and what hung on it are gone."""

    actor_id: ActorId
    post_id: PostId
