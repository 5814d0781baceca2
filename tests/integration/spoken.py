"""Whether a page or a message speaks the language of its reader, and no other.

Stricter than to compare whole texts: three words in a row that only the other
language's texts contain give a sentence away, wherever it stands and whatever
names were filled in.
"""

import re
from functools import cache
from typing import Final

from lxml import html

from fedinet.http.i18n import catalogue

_WORD: Final = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_GAP: Final = re.compile(r"%\(\w+\)[sd]|%[sd]|<[^>]*>")
_QUIET: Final = frozenset({"script", "style", "svg", "textarea"})
_NAMES: Final = frozenset({"language", "time_zone"})
"""Choices that are names, the same in every language."""
_SPOKEN: Final = ("alt", "aria-label", "placeholder", "title")

Words = tuple[str, ...]


def strange_words(page: html.HtmlElement, language: str) -> set[str]:
    """What stands on a page, outside of what says its own language, and is not in the reader's."""
    texts = list(_texts(page, language))
    said = _runs(" ".join(texts))
    whole = {" ".join(text.split()) for text in texts}
    return {" ".join(run) for run in said & _foreign_runs(language)} | (
        whole & _foreign_texts(language)
    )


def strange_text(text: str, language: str) -> set[str]:
    """The same of a message without tags."""
    return {" ".join(run) for run in _runs(text) & _foreign_runs(language)}


def _texts(element: html.HtmlElement, language: str) -> "list[str]":
    if not isinstance(element.tag, str) or element.tag in _QUIET:
        return []
    if element.tag == "select" and element.get("name") in _NAMES:
        return []
    if element.get("lang", language) != language:
        return []
    found = [element.get(name, "") for name in _SPOKEN]
    found.append(element.text or "")
    for child in element:
        found += _texts(child, language)
        found.append(child.tail or "")
    return [text for text in found if text.strip()]


def _runs(text: str) -> set[Words]:
    words = [word.lower() for word in _WORD.findall(text)]
    return set(zip(words, words[1:], words[2:], strict=False))


@cache
def _catalogues() -> tuple[frozenset[str], frozenset[str]]:
    """All texts in English, and all in Dutch."""
    kept: dict[object, str] = catalogue("nl")._catalog  # type: ignore[attr-defined]
    english = {key if isinstance(key, str) else str(key[0]) for key in kept}  # type: ignore[index]
    return frozenset(english), frozenset(kept.values())


def _own_and_foreign(language: str) -> tuple[frozenset[str], frozenset[str]]:
    english, dutch = _catalogues()
    return (dutch, english) if language == "nl" else (english, dutch)


@cache
def _foreign_runs(language: str) -> set[Words]:
    own, foreign = (
        {run for text in texts for part in _GAP.split(text) for run in _runs(part)}
        for texts in _own_and_foreign(language)
    )
    return foreign - own


@cache
def _foreign_texts(language: str) -> frozenset[str]:
    own, foreign = _own_and_foreign(language)
    return foreign - own
