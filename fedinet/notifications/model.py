"""What a member is told about. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from fedinet.kernel.ids import ActorId, PostId


class Kind(StrEnum):
    MENTION = "mention"
    REPLY = "reply"
    """An answer to one's own post, whether or not it also mentions one."""
    FOLLOW = "follow"
    FOLLOW_REQUEST = "follow_request"
    FOLLOW_ACCEPTED = "follow_accepted"
    """Somebody said yes to one's own request. Pages only: apps have no word for it."""
    LIKE = "like"
    REACTION = "reaction"
    """Somebody thanked with an emoji. Apps read it as a favourite."""
    BOOST = "boost"
    EDIT = "edit"
    """A post that one boosted says something else now."""
    QUOTE = "quote"
    """Somebody quotes one's post, by leave."""
    POLL = "poll"
    """A poll that one asked or voted in has ended; by who asked."""
    STATUS = "status"
    """Somebody whose posts one asked to be told of wrote one."""
    WELCOME = "welcome"
    """Somebody new said hello, and one is asked to answer. Those who welcome newcomers only."""
    SIGN_UP = "sign_up"
    """Somebody has joined by an invitation. Stewards only."""
    REPORT = "report"
    """A matter of the stewards' desk: somebody was reported. Stewards only."""
    MATTER = "matter"
    """Any other matter of the stewards' desk. Stewards only."""

    SEVERED = "severed"
    """A rule put one's follows with a server aside, or ended them. ``about_id``: the cut."""
    RESTORED = "restored"
    """They hold again. ``about_id``: the cut."""
    MODERATED = "moderated"
    """Stewards warned one, or took something from one's account. ``about_id``: the act."""
    STANDING = "standing"
    """They gave it back, or gave one another role. ``about_id``: the act."""
    APPEAL = "appeal"
    """Stewards have answered what one asked them. ``about_id``: the appeal."""
    UNPUBLISHED = "unpublished"
    """A scheduled post of one's own could not be published. ``about_id``: the scheduled post."""


ALONE: Final = "ungrouped-"
GROUPED: Final = (Kind.LIKE, Kind.REACTION, Kind.BOOST, Kind.FOLLOW, Kind.SIGN_UP)
"""Several people's, within half a day, are one line in apps."""
OF_MATTERS: Final = frozenset({Kind.REPORT, Kind.MATTER})
"""``about_id`` is the number of a matter (``desk.model``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One line of the list: ``actor_id`` did ``kind``, to ``post_id`` where it is about a post."""

    id: int
    kind: Kind
    actor_id: ActorId
    post_id: PostId | None
    about_id: int | None = None
    """What it is about besides a post, by kind."""
    created_at: datetime
    group_key: str | None = None
    """None: it stands alone."""
    is_filtered: bool = False
    """Kept back by the member's policy."""
    is_new: bool = False
    """In a list that a page shows: it came after what the member has seen."""

    @property
    def key(self) -> str:
        """Its group, as apps name it."""
        return self.group_key or f"{ALONE}{self.id}"


class Timeline(StrEnum):
    """What a marker can be about; the words of the Mastodon API."""

    HOME = "home"
    NOTIFICATIONS = "notifications"


@dataclass(frozen=True, slots=True)
class Marker:
    """How far a member has read a timeline; the same on all devices."""

    last_read: int
    version: int
    updated_at: datetime


class Answer(StrEnum):
    """What a member wants done with what somebody of a kind sets off; Mastodon's words."""

    ACCEPT = "accept"
    FILTER = "filter"
    """Kept back, until the member lets that person through."""
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is done with notifications of people whom one does not know well.

    Whoever limited accounts are, stewards said so: they notify nobody but their
    followers, unless the member wants it otherwise.
    """

    for_not_following: Answer = Answer.ACCEPT
    for_not_followers: Answer = Answer.ACCEPT
    """Nor those who have followed for less than three days."""
    for_new_accounts: Answer = Answer.ACCEPT
    """Made in the last 30 days."""
    for_private_mentions: Answer = Answer.ACCEPT
    """Of people whom one does not follow and has not written to in that conversation."""
    for_limited_accounts: Answer = Answer.DROP


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Somebody of whom something is kept back."""

    id: int
    actor_id: ActorId
    created_at: datetime
    updated_at: datetime
    number: int
    """Of what is kept back, 100 at most."""
    post_id: PostId | None
    """The last one that mentions or quotes the member."""
