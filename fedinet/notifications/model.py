"""What a member is told about. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fedinet.kernel.ids import ActorId, PostId


class Kind(StrEnum):
    MENTION = "mention"
    REPLY = "reply"
    """An answer to one's own post, whether or not it also mentions one."""
    FOLLOW = "follow"
    FOLLOW_REQUEST = "follow_request"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One line of the list: ``actor_id`` did ``kind``, to ``post_id`` where it is about a post."""

    id: int
    kind: Kind
    actor_id: ActorId
    post_id: PostId | None
    created_at: datetime


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
