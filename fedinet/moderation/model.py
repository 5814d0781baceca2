"""Reports: what somebody wants stewards to look at. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias

from fedinet.actors.model import Actor
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.problems import N_, Invalid, Problem

MAX_COMMENT: Final = 1000
MAX_RECEIVED_COMMENT: Final = 5000
MAX_NOTE: Final = 2000
MAX_REASON: Final = 1000
MAX_POSTS: Final = 50
MAX_NAMED: Final = 200
"""Addresses in a Flag that are looked at."""
MAX_TARGETS: Final = 10
MAX_OPEN_OF_ONE: Final = 100
"""Open reports by one reporter: whoever sends more is heard when these are settled."""
MAX_OPEN_OF_OWNER: Final = 300
"""The same by everybody of one registered domain, however many reporters it invents."""

_WORD: Final = re.compile(r"[^\W_]+")
_SHORT: Final = 3
"""Characters. A shorter part of a name is a word of its own, or nothing: “Bo” is not in “both”."""
_RUN_TOGETHER: Final = 5
"""Letters. A whole name so long is found in any words, without its spaces too."""
_PLAIN: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that people type otherwise, and that Unicode does not take apart."""

Category: TypeAlias = Literal["other", "spam", "legal", "violation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report as stewards read it. ``comment`` is plain text."""

    id: int
    reporter_id: ActorId | None
    target_id: ActorId
    category: Category
    comment: str
    unknown: tuple[str, ...]
    forwarded: bool
    created_at: datetime
    resolved_at: datetime | None
    resolved_by: ActorId | None
    assigned_to: ActorId | None
    updated_at: datetime
    post_ids: tuple[PostId, ...]
    rule_ids: tuple[int, ...] = ()
    """House rules that it names; some may have been taken back since."""
    from_visitor: bool = False

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a steward noted about a report, for the others. Plain text."""

    by: ActorId | None
    text: str
    at: datetime


def tells_who(words: str, names: Iterable[str]) -> bool:
    """Tell whether words about a steward would tell them who wrote them: they hold part of a name.

    Rather too often than too rarely: the other stewards read them all the same. Accents, and
    how they are written, make no difference; a name in letters other than ours is found inside
    a word too, since many scripts put nothing between words.
    """
    named = [_WORD.findall(_folded(name)) for name in names]
    parts = {part for one in named for part in one}
    whole = {name for one in named if len(name := "".join(one)) >= _RUN_TOGETHER}
    written = _WORD.findall(_folded(words))
    inside = whole | {part for part in parts if not part.isascii()}
    return any(part in "".join(written) for part in inside) or any(
        word in parts or any(word.startswith(part) for part in parts if len(part) >= _SHORT)
        for word in written
    )


def _folded(text: str) -> str:
    taken_apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(ch for ch in taken_apart if not unicodedata.combining(ch)).translate(_PLAIN)


def hides_words(words: str, reporter: Actor | None) -> bool:
    """Tell whether words about a steward are for the other stewards alone.

    Of whoever has left, or wrote them without an account, no name stays by which to tell: theirs
    always are.
    """
    if reporter is None or reporter.is_gone:
        return bool(words)
    return tells_who(words, (reporter.username, reporter.display_name))


def as_read_by(report: Report, reader: ActorId | None, reporter: Actor | None) -> Report:
    """The report without words by which a steward who is reported would know who wrote them."""
    if report.target_id == reader and hides_words(report.comment, reporter):
        return replace(report, comment="")
    return report


def read_category(word: str) -> Category:
    """Read an app's word; what nobody knows is something else."""
    match word:
        case "spam" | "legal" | "violation":
            return word
        case _:
            return "other"


def check_subject(word: str, comment: str) -> None:
    """Refuse a form that says nothing: ``word`` as it was sent, ``""`` where none was chosen.

    Raises:
        Invalid: no kind, or something else without words.
    """
    if not word:
        raise Invalid(Problem("category", N_("Choose what it is about")))
    if read_category(word) == "other" and not comment.strip():
        raise Invalid(Problem("comment", N_("Say what it is about")))


def check_comment(raw: str) -> str:
    """Return what a member says about it, trimmed.

    Raises:
        Unprocessable: too long, or with characters that no text has.
    """
    return _checked(raw, MAX_COMMENT)


def check_note(raw: str) -> str:
    """The same for what a steward notes."""
    return _checked(raw, MAX_NOTE)


def check_reason(raw: str) -> str:
    """The same for why something was done to somebody, as they read it."""
    return _checked(raw, MAX_REASON)


def _checked(raw: str, most: int) -> str:
    text = raw.replace("\r\n", "\n").strip()
    if "\x00" in text or any("\ud800" <= ch <= "\udfff" for ch in text):
        raise Unprocessable("NUL in a report", public=N_("This text has broken characters"))
    if len(text) > most:
        raise Unprocessable(
            f"comment of {len(text)} characters",
            public=N_("At most %(most)d characters, please"),
            values={"most": most},
        )
    return text
