"""Whom a writer may mean by a name after ``@`` that is no handle yet. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from fedinet.actors.model import Actor
from fedinet.markup.compose import find_mentions

PUT: Final = "put "
"""How a button says whom a name means: ``put bram Bram Bakker``, the handle and the name; or, with
no handle, that the name is to stand without its ``@``.
"""

_MOST: Final = 80
"""Characters of a name as it is typed; what is longer means nobody."""
_MOST_WORDS: Final = 8
_MOST_NAMES: Final = 4
"""Of one text: so many are asked about at once."""
_START: Final = r"(?<![\w@#/&=.%?+~-])@"
"""Not in an address, nor in another handle."""
_END: Final = r"(?![\w@])"
_NAME: Final = re.compile(rf"{_START}([^\W_][\w.'’-]*(?: [^\W_][\w.'’-]*){{0,3}}){_END}")
_HANDLE: Final = re.compile(r"[A-Za-z0-9_]{1,30}(?![\w@-])")
_BETWEEN: Final = re.compile(r"[\s\-_.'’]+")
"""What stands between the parts of a name; ``naming_store`` reads names so, too."""
_OF_SOMEBODY: Final = ("'s", "’s")
_ACCENTS: Final = re.compile(r"[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: a name in folded words, and how the server of a handle begins."""

    words: tuple[str, ...]
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A name as it stands after the ``@``, and whom it may mean."""

    name: str
    people: tuple[Actor, ...]


def read_name(typed: str) -> Asked | None:
    """Read what somebody types after ``@``; None: nobody can be meant."""
    name, _, domain = typed.partition("@")
    kept = "".join(ch for ch in _folded(name) if unicodedata.category(ch)[0] != "C")
    words = tuple(word for word in _BETWEEN.split(kept) if word)
    if len(typed) > _MOST or not 0 < len(words) <= _MOST_WORDS or not domain.isprintable():
        return None
    return Asked(words, domain.lower())


def written_names(text: str, handles: tuple[str, ...]) -> tuple[str, ...]:
    """What follows an ``@`` and leads to nobody, each with three words after it at most.

    ``handles``: those of the text that lead to nobody.
    """
    nobody = {handle.removeprefix("@") for handle in handles}
    names = dict.fromkeys(match[1] for match in _NAME.finditer(text))
    return tuple(name for name in names if _leads_to_nobody(name, nobody))[:_MOST_NAMES]


def doubtful_names(text: str, found: Mapping[str, Actor]) -> tuple[tuple[str, Actor], ...]:
    """What begins with a handle and goes on as a name may, with whom it is sent to as it stands.

    ``@Bram Bakker`` is told to ``@bram``, whoever else is called so. ``found``: by handle.
    """
    said = dict.fromkeys(match[1] for match in _NAME.finditer(text) if " " in match[1])
    heads = ((name, _HANDLE.match(name)) for name in said)
    told = ((name, found.get(head[0].lower())) for name, head in heads if head is not None)
    return tuple((name, actor) for name, actor in told if actor is not None)[:_MOST_NAMES]


def beginnings(name: str) -> Iterator[str]:
    """``Bram Bakker's loaf``, ``Bram Bakker's``, ``Bram Bakker``, ``Bram``.

    The first that is somebody's is meant.
    """
    words = name.split(" ")
    for end in range(len(words), 0, -1):
        beginning = " ".join(words[:end]).rstrip(".'’-")
        yield beginning
        if beginning.endswith(_OF_SOMEBODY):
            yield beginning[:-2]


def offer(ways: Sequence[tuple[str, Asked, Sequence[Actor]]], told: Actor | None) -> Offered | None:
    """Whom the first of these names may mean that means anybody; None: there is nothing to ask.

    ``told``: whom the handle at its beginning leads to. Then only whole names count, and nothing
    is asked where that is the name of who is told.
    """
    for name, asked, people in ways:
        meant = [one for one in people if told is None or _is_called(one, asked)]
        if told is not None and meant:
            return None if _is_called(told, asked) else Offered(name, (*meant, told))
        if meant:
            return Offered(name, tuple(meant))
    return None


def addressed(text: str, handles: Sequence[str]) -> tuple[str, ...]:
    """Whom a letter is to: with whose names it begins, else whom it names first.

    ``handles``: those of the text, each once.
    """
    first = find_mentions(" ".join(takewhile(lambda word: word[0] == "@", text.split())))
    return tuple(handles[: max(1, len(first))])


def with_handle(text: str, asked: str) -> str:
    """The text with a handle wherever a name stood, as a button of the page asked (``PUT``)."""
    handle, _, name = asked.removeprefix(PUT).partition(" ")
    if not asked.startswith(PUT) or not name:
        return text
    found = re.compile(f"{_START}{re.escape(name)}{_END}", re.NOFLAG if handle else re.IGNORECASE)
    return found.sub(lambda match: f"@{handle}" if handle else match[0][1:], text)


def without_sign(text: str, handles: Iterable[str]) -> tuple[str, ...]:
    """The buttons, as ``with_handle`` takes them, that leave handles as words that tell nobody."""
    buttons = (f"{PUT} {handle}" for handle in handles)
    return tuple(button for button in buttons if with_handle(text, button) != text)


def _is_called(actor: Actor, asked: Asked) -> bool:
    named = read_name(actor.display_name)
    return named is not None and named.words == asked.words


def _leads_to_nobody(name: str, nobody: set[str]) -> bool:
    handle = _HANDLE.match(name)
    return handle is None or handle[0].lower() in nobody


def _folded(text: str) -> str:
    """As ``actors.stands_under`` is."""
    small = text.lower()
    if small.isascii():
        return small
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", small))
