"""Lists in a message: sections of lines, written in the reader's language when they are gathered.

Pure. They travel as one of the facts of a message, so they are gone once it has ended.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

_FACT: Final = "sections"


class Line(msgspec.Struct, frozen=True):
    """What it says, and the path of ours that it leads to."""

    text: str
    path: str


class Section(msgspec.Struct, frozen=True):
    title: str
    lines: tuple[Line, ...]


def sections_fact(sections: Sequence[Section]) -> dict[str, str]:
    """The fact of a message that holds its lists."""
    return {_FACT: msgspec.json.encode(sections).decode()}


def sections_of(facts: Mapping[str, str]) -> list[Section]:
    """Those of a message; none where it has no lists."""
    written = facts.get(_FACT)
    return [] if written is None else msgspec.json.decode(written, type=list[Section])
