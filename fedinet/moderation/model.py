"""Reports: what somebody wants stewards to look at. Pure."""

import re
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


def names_of(reporter: Actor | None, visitor: str | None = None) -> tuple[str, ...]:
    """What somebody who reports is called; of who has left nothing is known."""
    known = () if reporter is None else (reporter.username, reporter.display_name)
    return (*known, visitor) if visitor else known


def tells_who(words: str, names: Iterable[str]) -> bool:
    """Tell whether words about a steward would tell them who wrote them: they hold part of a name.

    Rather too often than too rarely: the other stewards read them all the same.
    """
    parts = {part for name in names for part in _WORD.findall(name.casefold())}
    return any(
        word in parts or any(word.startswith(part) for part in parts if len(part) >= _SHORT)
        for word in _WORD.findall(words.casefold())
    )


def as_read_by(report: Report, reader: ActorId | None, reporter: Actor | None) -> Report:
    """The report without words by which a steward who is reported would know who wrote them.

    What a visitor is called does not stand with the report: their words are for the others.
    """
    if report.target_id != reader:
        return report
    tells = report.from_visitor or tells_who(report.comment, names_of(reporter))
    return replace(report, comment="") if tells else report


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
