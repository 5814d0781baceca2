"""Numbers as they are written in a language, alone and within a sentence. Pure."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from markupsafe import Markup

from fedinet.kernel.problems import N_

Text = Callable[[str], str]
Words = TypeVar("Words", str, Markup)

_UNITS = (
    (1_000_000_000, 1, N_("%(size)s GB")),
    (1_000_000, 1, N_("%(size)s MB")),
    (1_000, 0, N_("%(size)s KB")),
)


def number(value: float, *, text: Text, digits: int = 0) -> str:
    """``1,234`` or ``1.234``; with ``digits`` after the sign of decimals.

    A translation writes the sample's digits with its own two signs.
    """
    sample = text(N_("1,234.5"))
    signs = {ord(","): sample[1:-5], ord("."): sample[-2]}
    return f"{value:,.{digits}f}".translate(signs)


def file_size(size: int, *, text: Text) -> str:
    """How large something of so many bytes is: ``1.5 MB``. A byte is a KB too."""
    for unit, digits, words in _UNITS:
        if size >= unit:
            return text(words) % {"size": number(size / unit, text=text, digits=digits)}
    return text(_UNITS[-1][-1]) % {"size": 1 if size else 0}


def filled(words: Words, values: Mapping[str, object], *, text: Text) -> Words:
    """A sentence with its values; counts of a thousand and more as the language writes them.

    ``words`` with ``%(name)d`` keep it for small numbers, and for those that are no counts.
    Of ``Markup`` the values are escaped.
    """
    large = {
        key: number(value, text=text)
        for key, value in values.items()
        if isinstance(value, int) and abs(value) >= 1000  # the first comma
    }
    for key in large:
        words = words.replace(f"%({key})d", f"%({key})s")
    return words % ({**values, **large} if large else values)
