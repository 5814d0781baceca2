"""When other servers are asked for what is missing of a conversation, and how much. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from fedinet.kernel.ids import ObjectUri, PostId

YOUNG_FOR: Final = timedelta(minutes=5)
"""Nobody has answered a post that is so young."""
AGAIN_AFTER: Final = timedelta(minutes=15)
"""One post's server is asked for its answers no more often.

Source: Mastodon 4.5, ``FetchRepliesConcern``.
"""
AGAIN_UNASKED: Final = timedelta(hours=1)
"""The same where nobody looks: an answer came by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one visit to a conversation may cost. Whatever is beyond waits for the next one."""

    again_after: timedelta
    """Since the last visit."""
    requests: int
    per_domain: int
    """Requests to one registrable domain, with all its sub-domains."""
    posts: int
    """New ones."""
    depth: int = 100
    """Answers to answers."""
    pages: int = 50
    """Of one collection."""
    seconds: float = 120.0
    at_once: int = 6
    strays: int = 100
    """Posts in hand whose place in the conversation is not known yet."""


ASKED: Final = Limits(again_after=AGAIN_AFTER, requests=500, per_domain=250, posts=500)
"""Somebody looks at the conversation."""
UNASKED: Final = Limits(
    again_after=AGAIN_UNASKED,
    requests=60,
    per_domain=40,
    posts=40,
    depth=20,
    pages=5,
    seconds=60.0,
)
"""An answer came, and nobody looks yet."""
MOST_POSTS: Final = 10_000
"""A conversation that is larger here is not looked for any further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A conversation as far as it is here. ``asked_at``: when it was last looked for."""

    root_id: PostId
    root_uri: ObjectUri
    root_parent_uri: ObjectUri | None
    """What the first post here answers, where that is not here."""
    is_public: bool
    published_at: datetime
    has_others: bool
    """Somebody on another server takes part in it."""
    asked_at: datetime | None
    is_whole: bool


def is_due(thread: Thread, now: datetime, *, again_after: timedelta = AGAIN_AFTER) -> bool:
    """Tell whether other servers may be asked for more of a conversation now.

    Never for what is not public: the node's own signature must not get what
    was shown to somebody by privilege (TRAPS 18).
    """
    if not thread.is_public or not thread.has_others:
        return False
    if now - thread.published_at < YOUNG_FOR:
        return False
    return thread.asked_at is None or now - thread.asked_at >= again_after
