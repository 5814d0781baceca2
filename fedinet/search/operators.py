"""Words of a search that say where to look: ``from:ada has:image before:2026-01-01``. Pure.

They are Mastodon's, so that what people know from there works here. What is
none of them, or has a value that means nothing, is looked for as a word.

Source: https://docs.joinmastodon.org/user/network/#search-operators
"""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

_TERM: Final = re.compile(r'-?"[^"]*"?|\S+')
_OPERATOR: Final = re.compile(r"(-?)(from|has|is|language|before|after|during|in):(\S+)")
_HAS: Final = {
    "media": "media",
    "image": "image",
    "video": "video",
    "audio": "audio",
    "poll": "poll",
    "link": "link",
    "embed": "link",
}
_IS: Final = frozenset({"reply", "sensitive"})
_IN: Final = frozenset({"all", "library", "public"})
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_HANDLE: Final = re.compile(r"@?([A-Za-z0-9_.-]{1,200})(?:@([A-Za-z0-9.:-]{1,255}))?")
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote it, as it was typed. ``name`` is ``me`` for the reader."""

    name: str
    domain: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where to look for posts. What is None or empty is not asked."""

    words: str = ""
    """What is left to look for, as PostgreSQL's ``websearch_to_tsquery`` reads it."""
    author: Author | None = None
    not_author: Author | None = None
    traits: frozenset[str] = field(default=frozenset())
    """Of ``media image video audio poll link reply sensitive``: the post has all of them"""
    not_traits: frozenset[str] = field(default=frozenset())
    """and none of these."""
    language: str | None = None
    not_language: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    place: str = "all"
    """``library``: what one wrote, was named in, thanked or shared. ``public``: to everyone."""


def read_where(text: str) -> Where:
    """Read a line of words and operators. Never fails."""
    found = Where()
    words: list[str] = []
    for term in _TERM.findall(text)[: _MOST * 2]:
        match = _OPERATOR.fullmatch(term)
        more = None
        if match is not None:
            more = _one(found, match[2], match[3], negated=bool(match[1]))
        if more is None:
            words.append(term)
        else:
            found = more
    return replace(found, words=" ".join(words))


def _one(found: Where, name: str, value: str, *, negated: bool) -> Where | None:
    match name:
        case "from":
            return _from(found, value, negated=negated)
        case "has" if value in _HAS:
            return _trait(found, _HAS[value], negated=negated)
        case "is" if value in _IS:
            return _trait(found, value, negated=negated)
        case "in" if value in _IN and not negated:
            return replace(found, place=value)
        case "language" if _LANGUAGE.fullmatch(value):
            if negated:
                return replace(found, not_language=value.lower())
            return replace(found, language=value.lower())
        case "before" | "after" | "during" if not negated:
            return _time(found, name, value)
        case _:
            return None


def _from(found: Where, value: str, *, negated: bool) -> Where | None:
    handle = _HANDLE.fullmatch(value)
    if handle is None:
        return None
    author = Author(handle[1], handle[2].lower() if handle[2] else None)
    return replace(found, not_author=author) if negated else replace(found, author=author)


def _trait(found: Where, trait: str, *, negated: bool) -> Where:
    if negated:
        return replace(found, not_traits=found.not_traits | {trait})
    return replace(found, traits=found.traits | {trait})


def _time(found: Where, name: str, value: str) -> Where | None:
    try:
        day = date.fromisoformat(value)
        begin = datetime.combine(day, time(), UTC)
        end = begin + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    if name == "before":
        return replace(found, until=begin)
    if name == "after":
        return replace(found, since=end)
    return replace(found, since=begin, until=end)
