"""Reports: what somebody wants stewards to look at. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

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
