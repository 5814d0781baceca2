"""Names that people and servers choose: display names and hashtags. Pure."""

import re
import unicodedata
from typing import Final

MAX_DISPLAY_NAME: Final = 200
MAX_HASHTAG: Final = 100
_INVISIBLE: Final = re.compile(
    "["
    "\u0000-\u0008\u000b-\u001f\u007f-\u009f"  # controls; tab and line feed become blanks below
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # fillers that show nothing
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0"  # zero width, bidi
    "\ufff0-\uffff\U0001d173-\U0001d17a\ud800-\udfff"
    "]"
)
_LEFT_TO_RIGHT: Final = frozenset({"L"})
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
"""Classes of signs that have a direction."""
_BLANKS: Final = re.compile(r"\s+")
_STACKED: Final = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
HASHTAG: Final = re.compile(r"#([\w\u00b7\u30fb\u200c]{1,100})")
_WORD: Final = re.compile(r"[\w\u00b7\u30fb\u200c]{1,100}")


def clean_name(text: str, *, max_length: int = MAX_DISPLAY_NAME) -> str:
    """Make one readable line of a name: no controls, no bidi marks, no towers of accents.

    Joiners stay, since emoji and Persian need them. May return ``""``.
    """
    line = _BLANKS.sub(" ", _INVISIBLE.sub("", text[: max_length * 4])).strip()
    return _STACKED.sub(r"\1", line)[:max_length].rstrip()


def isolated(name: str, *, within: str = "ltr") -> str:
    """Keep a name that runs the other way from turning the sentence that it is put into.

    By signs and not by ``<bdi>``: sentences stand in attributes, titles and mails, too.
    ``within``: ``ltr`` or ``rtl``, how the sentence runs.

    Source: Unicode Standard Annex 9 (isolates)
    """
    turning = _LEFT_TO_RIGHT if within == "rtl" else _RIGHT_TO_LEFT
    if (within == "ltr" and name.isascii()) or turning.isdisjoint(
        map(unicodedata.bidirectional, name)
    ):
        return name
    return f"\u2068{name}\u2069"


def hashtag(written: str) -> tuple[str, str] | None:
    """Return (normalised, as written without ``#``), or None for what is no hashtag.

    Two spellings are one tag when they normalise to the same: NFKC, case folded,
    accents off Latin letters, as Mastodon compares them.

    Source: Mastodon ``app/lib/hashtag_normalizer.rb``.
    """
    name = written.strip().removeprefix("#")
    if _WORD.fullmatch(name) is None or not any(char.isalpha() for char in name):
        return None
    folded = unicodedata.normalize("NFKC", name).casefold()
    plain = "".join(_fold(char) for char in folded)
    return (plain, name) if len(plain) <= MAX_HASHTAG else None


def _fold(char: str) -> str:
    if char.isascii():
        return char
    base = unicodedata.normalize("NFD", char)[0]
    return base if base.isascii() else char
