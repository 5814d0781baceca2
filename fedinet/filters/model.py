"""What a member would rather not read: words, phrases and single posts. Pure.

Source: https://docs.joinmastodon.org/entities/Filter/, Mastodon 4.2-4.7
``custom_filter.rb``, ``custom_filter_keyword.rb``
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.problems import N_

MAX_FILTERS: Final = 100
MAX_KEYWORDS: Final = 500
"""Of one member, in all filters together."""
MAX_POSTS: Final = 500
MAX_TITLE: Final = 256
MAX_KEYWORD: Final = 512
_MAX_SECONDS: Final = 100 * 365 * 86_400


class Context(StrEnum):
    """Where a filter looks. Every match is told to apps, and they choose by this."""

    HOME = "home"
    """Home and lists."""
    NOTIFICATIONS = "notifications"
    PUBLIC = "public"
    THREAD = "thread"
    ACCOUNT = "account"
    """Profiles."""


class Action(StrEnum):
    """What becomes of a post that matches."""

    WARN = "warn"
    HIDE = "hide"
    BLUR = "blur"
    """Its pictures only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    id: int
    keyword: str
    whole_word: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FilteredPost:
    id: int
    post_id: PostId


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One row of ``filters`` with what it looks for."""

    id: int
    owner_id: ActorId
    title: str
    contexts: tuple[Context, ...]
    action: Action
    expires_at: datetime | None = None
    keywords: tuple[Keyword, ...] = ()
    posts: tuple[FilteredPost, ...] = ()

    def is_in_force(self, now: datetime) -> bool:
        return self.expires_at is None or self.expires_at > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A filter that a post has met, and what in it was met."""

    filter: Filter
    keywords: tuple[str, ...] = ()
    posts: tuple[PostId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a member wants a filter to be; None: as it is."""

    title: str | None = None
    contexts: Sequence[str] | None = None
    action: str | None = None
    expires_at: datetime | None = None
    keeps_expiry: bool = True
    keywords: Sequence["KeywordWish"] = field(default_factory=tuple["KeywordWish", ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordWish:
    """A keyword to be added (``id`` None), changed or taken away."""

    id: int | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    removed: bool = False


def match(filters: Sequence[Filter], text: str, post_id: PostId, now: datetime) -> list[Match]:
    """Find the filters in force that a post meets, by its text or by its id; in their order."""
    found: list[Match] = []
    folded = _folded(text)
    for one in filters:
        if not one.is_in_force(now):
            continue
        words = tuple(
            keyword.keyword
            for keyword in one.keywords
            if all(part in folded for part in _parts(keyword.keyword))  # most end here, cheaply
            and _pattern(keyword.keyword, keyword.whole_word).search(text)
        )
        posts = tuple(listed.post_id for listed in one.posts if listed.post_id == post_id)
        if words or posts:
            found.append(Match(filter=one, keywords=words, posts=posts))
    return found


def _folded(text: str) -> str:
    """The text without its case, so that whatever ``_pattern`` finds stands in it."""
    return text.replace("\u0130", "i").replace("\u0131", "i").casefold()


@lru_cache(maxsize=2000)
def _parts(keyword: str) -> tuple[str, ...]:  # cached by place
    return tuple(_folded(part) for part in keyword.split())


@lru_cache(maxsize=2000)
def _pattern(keyword: str, whole_word: bool) -> re.Pattern[str]:  # cached by place
    """A phrase whatever its case; whole words end only where the phrase itself does."""
    escaped = r"\s+".join(re.escape(part) for part in keyword.split())
    if whole_word:
        before = r"\b" if re.match(r"\w", keyword) else ""
        after = r"\b" if re.search(r"\w$", keyword) else ""
        escaped = f"{before}{escaped}{after}"
    return re.compile(escaped, re.IGNORECASE)


def check_filter_title(title: str) -> str:
    """Raises ``Unprocessable`` for none and for one that is too long."""
    title = title.strip()
    if not 0 < len(title) <= MAX_TITLE:
        raise Unprocessable(
            f"filter title of {len(title)} characters",
            public=N_("A filter needs a title of at most %(most)d characters"),
            values={"most": MAX_TITLE},
        )
    return title


def check_keyword(keyword: str) -> str:
    """Raises ``Unprocessable`` for none and for one that is too long."""
    keyword = keyword.strip()
    if not 0 < len(keyword) <= MAX_KEYWORD:
        raise Unprocessable(
            f"keyword of {len(keyword)} characters",
            public=N_("A word or phrase has at least one and at most %(most)d characters"),
            values={"most": MAX_KEYWORD},
        )
    return keyword


def check_contexts(names: Sequence[str]) -> tuple[Context, ...]:
    """Raises ``Unprocessable`` for none, and for one that is unknown."""
    known = [one for one in Context if one in names]
    if not known or len(known) != len(set(names)):
        raise Unprocessable(
            f"filter contexts {list(names)[:6]}",
            public=N_("A filter looks at home, notifications, public, thread or account"),
        )
    return tuple(known)


def check_action(name: str) -> Action:
    """Raises ``Unprocessable`` for what is none."""
    try:
        return Action(name)
    except ValueError as error:
        raise Unprocessable(
            f"filter action {name[:40]!r}", public=N_("A filter does warn, hide or blur")
        ) from error


def expiry(seconds: int | None, now: datetime) -> datetime | None:
    """When something that lasts so long ends; None: never.

    Raises:
        Unprocessable: never, or in more than a hundred years.
    """
    if seconds is None:
        return None
    if not 0 < seconds <= _MAX_SECONDS:
        raise Unprocessable(f"expires in {seconds} s", public=N_("A filter ends later than now"))
    return now + timedelta(seconds=seconds)
