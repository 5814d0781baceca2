"""Likes and boosts, and who may boost what. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fedinet.audiences.model import Visibility
from fedinet.kernel.ids import ActorId, PostId

PUBLIC: Final = frozenset({Visibility.EVERYONE, Visibility.QUIET})
BOOST_VISIBILITIES: Final = PUBLIC | {Visibility.FOLLOWERS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Boost:
    """One row of ``boosts``: somebody shows a post to their own followers."""

    id: int
    """Sorts by time together with post ids; apps know a boost by it."""
    actor_id: ActorId
    post_id: PostId
    uri: str
    visibility: Visibility
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OwnReactions:
    """What one viewer did to a post."""

    liked: bool = False
    boosted: bool = False
    saved: bool = False
    follows_author: bool = False
    """Not a reaction, and asked for in the same breath: some posts may be quoted by followers."""
    pinned: bool = False
    muted: bool = False
    """Its conversation is: nothing is told of it."""
    quotes: int = 0
    """How many posts here quote it; counted for its author alone, and for apps."""


NO_REACTIONS = OwnReactions()


def may_boost(post: Visibility) -> bool:
    """Members boost what is for everyone, nothing else: a boost widens an audience."""
    return post is Visibility.EVERYONE


def received_boost(
    post: Visibility, addressed: Visibility, *, is_own_post: bool
) -> Visibility | None:
    """Say how a boost by somebody elsewhere is kept; None: it is not.

    Peers also boost quiet public posts, and their own posts to followers, for
    these same followers. A boost addressed to nobody in particular is shown to
    followers only.

    Source: Mastodon 4.2-4.7 ``activitypub/activity/announce.rb``.
    """
    if post in PUBLIC:
        return addressed if addressed in BOOST_VISIBILITIES else Visibility.FOLLOWERS
    if post is Visibility.FOLLOWERS and is_own_post:
        return Visibility.FOLLOWERS
    return None
