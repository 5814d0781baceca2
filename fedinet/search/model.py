"""What is looked for, and what was found. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from fedinet.actors.model import Actor
from fedinet.follows.model import Relationship
from fedinet.kernel.ids import ActorId
from fedinet.posts.model import Post, Tag

MAX_TEXT: Final = 500
MAX_WORDS: Final = 12
_WORD: Final = re.compile(r"[^\W_]+")
_ADDRESS: Final = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)
_HANDLE: Final = re.compile(r"(?:acct:|@)?([A-Za-z0-9_.-]{1,200})@([^\s@/]{1,255})")


class Sort(StrEnum):
    """The three kinds of things that are found; the words of the Mastodon API."""

    PEOPLE = "accounts"
    POSTS = "statuses"
    TAGS = "hashtags"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What somebody typed, and which stretch of each kind they want."""

    text: str
    sorts: frozenset[Sort] = frozenset(Sort)
    limit: int = 20
    offset: int = 0
    resolve: bool = False
    """Ask the server that an address or a handle names, if it is not known here."""
    following: bool = False
    """Only people whom the viewer follows."""
    saying: bool = False
    """Members too who say the words of themselves; apps that complete a handle want none."""
    author_id: int | None = None
    """Only posts of this actor."""
    max_id: int | None = None
    min_id: int | None = None
    """Only posts older, and newer, than these."""


@dataclass(frozen=True, slots=True)
class Found:
    """Everything is through the gate already; best first."""

    people: tuple[Actor, ...] = ()
    relations: Mapping[ActorId, Relationship] = field(default_factory=dict[ActorId, Relationship])
    """How the viewer stands to each of the people."""
    posts: tuple[Post, ...] = ()
    tags: tuple[Tag, ...] = ()


NOTHING: Final = Found()


def read_text(raw: str) -> str:
    """The text as it is looked for: one line, without what no text has, not longer than 500."""
    kept = "".join(" " if ch < " " or "\ud800" <= ch <= "\udfff" else ch for ch in raw[:MAX_TEXT])
    return " ".join(kept.split())


def is_address(text: str) -> bool:
    """Tell whether this is one web address, of a post or a profile."""
    return _ADDRESS.fullmatch(text) is not None


def handle_of(text: str) -> str | None:
    """Read ``@ada@b.example`` as ``ada@b.example``; None for anything else."""
    match = _HANDLE.fullmatch(text)
    return None if match is None else f"{match[1]}@{match[2]}"


def prefix_query(text: str) -> str:
    """Make a ``tsquery`` in which every word may go on: ``ad lov`` finds Ada Lovelace.

    ``""``: there is no word in it.
    """
    words = _WORD.findall(text.lower())[:MAX_WORDS]
    return " & ".join(f"'{word}':*" for word in words)
