"""What somebody says of themselves, in one line for lists of people. Pure."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from unicodedata import normalize

from fedinet.actors.model import Actor
from fedinet.kernel.ids import ActorId
from fedinet.markup.beginnings import beginning_of
from fedinet.markup.names import clean_name
from fedinet.markup.sanitise import plain_text

_MOST: Final = 120
_MOST_UNDER_A_NAME: Final = 60
_READ: Final = 400
_FEWEST: Final = 6
"""Letters before which no sentence ends: "Dr." begins one."""
_EMOJI: Final = re.compile(r"(?<!\w):\w*[^\W\d]\w*:(?!\w)")
_SENTENCE: Final = re.compile(r"(?<! \w)(?<! \w\w)[.!?](?= (?![a-z]))|[。！？]")  # noqa: RUF001  # of other scripts
_PHRASE: Final = re.compile(r" [–—-](?= )|[,;:](?= )|[、，；]")  # noqa: RUF001  # likewise

_UNSEEN: Final = re.compile("[\u200c\u200d\ufe00-\ufe0f\U000e0000-\U000e01ef]")
"""Joiners, and what chooses between shapes: names keep them, and look no different."""


@lru_cache(maxsize=2048)
def in_short(summary_html: str) -> str:
    """The first line of their profile, without markup; ``""`` where it says nothing."""
    line = _first_line(summary_html)
    return line if len(line) <= _MOST else beginning_of(line, _MOST)


@lru_cache(maxsize=4096)
def headline(summary_html: str) -> str:
    """Who somebody is, for the line under their name; ``""`` where nothing short says it.

    The first line where it is short, or its first sentence, or what stands before a comma of it:
    never part of a phrase. An address says nothing of a person, and what looks like a handle
    could be taken for theirs.
    """
    line = clean_name(_EMOJI.sub("", _first_line(summary_html)), max_length=_READ)
    short = line if len(line) <= _MOST_UNDER_A_NAME else _beginning(line)
    letters = sum(map(str.isalpha, short))
    if "@" in normalize("NFKC", short) or "://" in short or 2 * letters <= len(short):
        return ""
    return short.removesuffix(".").rstrip()


def namesakes(actors: Iterable[Actor]) -> frozenset[ActorId]:
    """Those of a list who share their name, as it is seen, with somebody else in it."""
    ids: dict[str, set[ActorId]] = {}
    for actor in actors:
        name = _UNSEEN.sub("", normalize("NFKC", actor.display_name)).casefold()
        ids.setdefault(" ".join(name.split()), set()).add(actor.id)
    return frozenset(one for same in ids.values() if len(same) > 1 for one in same)


def _first_line(summary_html: str) -> str:
    return plain_text(summary_html).partition("\n")[0].strip()


def _beginning(line: str) -> str:
    first = _SENTENCE.search(line, _FEWEST, _MOST_UNDER_A_NAME + 1)
    phrases = list(_PHRASE.finditer(line, _FEWEST, _MOST_UNDER_A_NAME + 1))
    end = first or (phrases[-1] if phrases else None)
    return line[: end.start()] if end else ""
