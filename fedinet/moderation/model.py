"""Reports: what somebody wants stewards to look at. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence, Set
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
MAX_AN_HOUR: Final = 10
"""New reports by one member; what is added to one that is open counts for nothing."""
MAX_OPEN_OF_OWNER: Final = 300
"""The same by everybody of one registered domain, however many reporters it invents."""

MAX_TOGETHER: Final = 100
"""Reports that are settled by one click."""

_WORD: Final = re.compile(r"[^\W_]+")
_SHORT: Final = 3
"""Characters. A shorter part of a name is a word of its own, or nothing: “Bo” is not in “both”."""
_RUN_TOGETHER: Final = 5
"""Letters. A whole name so long is found in any words, without its spaces too."""
_WRITTEN: Final = re.compile(r"[^\W_][\w\u0300-\u036f]*")
_E_MAIL: Final = re.compile(r"(?<![\w.+/@-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
"""Addresses of mail; not the handles in addresses of pages, which say what it is about."""
_LEFT_OUT: Final = "[…]"
_PLAIN: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that people type otherwise, and that Unicode does not take apart."""

Category: TypeAlias = Literal["other", "spam", "legal", "violation"]
_GRAVEST: Final[Sequence[Category]] = ("legal", "violation", "spam", "other")


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
    visitor: str = ""
    """What a visitor who made it is called; ``""``: they did not say, or it is forgotten."""
    is_of_only_steward: bool = False
    """Nobody but the one whom it is about can act on it."""

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None

    @property
    def must_be_read(self) -> bool:
        return must_be_read(
            self.category, is_open=self.is_open, is_of_only_steward=self.is_of_only_steward
        )


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
    parts, inside = _parts_of(names)
    written = _WORD.findall(_folded(words))
    return any(part in "".join(written) for part in inside) or any(
        _is_named(word, parts) for word in written
    )


def without_names(words: str, names: Iterable[str]) -> str:
    """Words with what would tell who wrote them left out: parts of their name, and mail addresses.

    A word that begins with a part goes whole: rather too much than too little.
    """
    called = tuple(names)
    parts, inside = _parts_of(called)

    def left_out(found: re.Match[str]) -> str:
        folded = _WORD.findall(_folded(found[0]))
        is_theirs = any(_is_named(word, parts) for word in folded) or any(
            part in "".join(folded) for part in inside
        )
        return _LEFT_OUT if is_theirs else found[0]

    text = _E_MAIL.sub(_LEFT_OUT, unicodedata.normalize("NFC", words))
    for part in (one for name in called for one in name.split() if not one.isascii()):
        text = re.sub(re.escape(part), _LEFT_OUT, text, flags=re.IGNORECASE)
    return _WRITTEN.sub(left_out, text)


def _parts_of(names: Iterable[str]) -> tuple[Set[str], Set[str]]:
    """Words of names, folded, and what of them is looked for inside of words too."""
    named = [_WORD.findall(_folded(name)) for name in names]
    parts = {part for one in named for part in one}
    whole = {name for one in named if len(name := "".join(one)) >= _RUN_TOGETHER}
    return parts, whole | {part for part in parts if not part.isascii()}


def _is_named(word: str, parts: Set[str]) -> bool:
    return word in parts or any(word.startswith(part) for part in parts if len(part) >= _SHORT)


def _folded(text: str) -> str:
    taken_apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(ch for ch in taken_apart if not unicodedata.combining(ch)).translate(_PLAIN)


def must_be_read(category: Category, *, is_open: bool, is_of_only_steward: bool) -> bool:
    """Tell whether a report says that the law is broken, and only whom it is about can act on it.

    What the law asks somebody to act on is read by somebody, until it is settled.
    """
    return category == "legal" and is_open and is_of_only_steward


def words_for_reported(
    words: str, reporter: Actor | None, visitor: str, *, must_be_read: bool
) -> str:
    """What a steward reads of words about them; ``""``: they are for the other stewards alone.

    Of whoever has left, or wrote them without an account, no name stays by which to tell: theirs
    always are. Words that must be read have names left out; those that were forgotten are out,
    but for names of members who left before 2026-11-30, which nobody knew any more.
    """
    named = () if reporter is None else (reporter.username, reporter.display_name)
    if must_be_read:
        return without_names(words, (*named, visitor))
    is_known = reporter is not None and not reporter.is_gone
    return words if is_known and not tells_who(words, named) else ""


def as_read_by(report: Report, reader: ActorId | None, reporter: Actor | None) -> Report:
    """The report without words by which a steward who is reported would know who wrote them."""
    if report.target_id != reader:
        return report
    words = words_for_reported(
        report.comment, reporter, report.visitor, must_be_read=report.must_be_read
    )
    return replace(report, comment=words)


def more_said(said: str, more: str) -> str:
    """The words of a report with more of them, a paragraph for each time.

    Raises:
        Unprocessable: it was told enough.
    """
    if not more or f"\n\n{more}\n\n" in f"\n\n{said}\n\n":
        return said
    text = f"{said}\n\n{more}" if said else more
    if len(text) > MAX_RECEIVED_COMMENT:
        told = N_("You have told the stewards much about this already. They will look at it")
        raise Unprocessable("a report grows too long", public=told)
    return text


def graver(one: Category, other: Category) -> Category:
    """What a report is about that was said to be about both."""
    return one if _GRAVEST.index(one) < _GRAVEST.index(other) else other


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
