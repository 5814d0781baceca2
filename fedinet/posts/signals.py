"""Facts about posts, told to the effects after commit."""

from dataclasses import dataclass

from fedinet.kernel.ids import ActorId, ObjectUri, PostId
from fedinet.queue.signals import signal


@signal
@dataclass(frozen=True, slots=True)
class PostPublished:
    """A new post: by a member, or delivered by its author's server just now.

    Old posts that we fetched ourselves (a parent, a search by URL) are not announced.
    """

    post_id: PostId
    is_silent: bool = False
    """By policy it notifies only those who follow its author."""


@signal
@dataclass(frozen=True, slots=True)
class PostEdited:
    """It says something else now; its audience may have become narrower, its mentions other."""

    post_id: PostId
    is_silent: bool = False


@signal
@dataclass(frozen=True, slots=True)
class ThreadMoved:
    """The parent of its first post came: all its posts are in the parent's thread now."""

    old_root: PostId
    new_root: PostId


@signal
@dataclass(frozen=True, slots=True)
class PostDeleted:
    """Its rows are gone already, here and in every table that names it."""

    post_id: PostId
    author_id: ActorId
    uri: ObjectUri
