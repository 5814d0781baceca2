"""Facts about posts, told to the effects after commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from fedinet.audiences.model import Visibility
from fedinet.kernel.ids import ActorId, ObjectUri, PostId
from fedinet.posts.model import Post
from fedinet.queue.signals import signal


class Part(StrEnum):
    """What most posts do not have, and some effects look for."""

    PARENT = "parent"
    MENTIONS = "mentions"
    TAGS = "tags"
    LINKS = "links"
    QUOTE = "quote"
    NAMED = "named"
    """It is only for people mentioned."""
    AWAITED = "awaited"
    """Somebody asked to be told of each new post of its author."""


@signal
@dataclass(frozen=True, slots=True)
class PostPublished:
    """A new post: by a member, or delivered by its author's server just now.

    Old posts that we fetched ourselves (a parent, a search by URL) are not announced.
    """

    post_id: PostId
    is_silent: bool = False
    """By policy it notifies only those who follow its author."""
    parts: frozenset[str] | None = None
    """What of ``Part`` it has; None: nobody has looked, it may have any."""

    def may_have(self, *parts: Part) -> bool:
        return self.parts is None or not self.parts.isdisjoint(parts)


def published(post: Post, *, is_awaited: bool) -> PostPublished:
    """The fact of a post of ours. Effects need not look for what it has not."""
    has = {
        Part.PARENT: post.is_reply,
        Part.MENTIONS: bool(post.mentions),
        Part.TAGS: bool(post.tags),
        Part.LINKS: "<a " in post.html,
        Part.QUOTE: post.quote is not None,
        Part.NAMED: post.visibility is Visibility.MENTIONED,
        Part.AWAITED: is_awaited,
    }
    return PostPublished(post.id, parts=frozenset(part for part, it_has in has.items() if it_has))


def with_parts(facts: Sequence[PostPublished], *parts: Part) -> list[PostPublished]:
    """Keep those that may have one of these."""
    return [fact for fact in facts if fact.may_have(*parts)]


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
