"""Asking to join: the questions, what was asked, and when stewards have decided. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from fedinet.accounts.model import MAX_NAME, check_text, tidy, tidy_lines
from fedinet.charter.model import RuleWords
from fedinet.kernel.ids import AccountId
from fedinet.kernel.problems import N_, Problem
from fedinet.mail.model import check_email

MAX_QUESTIONS: Final = 5
MAX_QUESTION: Final = 200
MAX_ANSWER: Final = 1000
MAX_NOTE: Final = 1000
MAX_REASON: Final = 500
MAX_READERS: Final = 2
MOST_MEMBERS: Final = 100_000
LEAST_KEPT_DAYS: Final = 7
MOST_KEPT_DAYS: Final = 365
MAX_OPEN: Final = 300
"""Requests that wait for a reader or a place, or for who asks to open their mail."""
CONFIRM_WITHIN: Final = timedelta(days=1)
"""So long the letter works that asks whether an address is theirs; meanwhile no other is sent."""
INVITED_FOR: Final = timedelta(days=14)
"""So long the personal invitation works, and a place is kept for it."""
LONGEST_IN_LINE: Final = timedelta(days=365)


class Standing(StrEnum):
    """How it stands with a request."""

    ASKED = "asked"
    """Nobody reads it before its address is confirmed."""
    WAITING = "waiting"
    """For stewards to read it."""
    IN_LINE = "in_line"
    """Welcome, and waits for room."""
    INVITED = "invited"
    """Holds a personal invitation, and a place."""
    DECLINED = "declined"
    LAPSED = "lapsed"
    """The invitation was not used in time."""


OPEN: Final = (Standing.ASKED, Standing.WAITING, Standing.IN_LINE)
HAS_ASKED: Final = (Standing.WAITING, Standing.IN_LINE, Standing.INVITED)
"""Whoever stands so and asks again learns how it stands."""


class Says(StrEnum):
    YES = "yes"
    NO = "no"


class Question(msgspec.Struct, frozen=True):
    """One question, in the community's language and perhaps others; ``hint``: its help line."""

    words: RuleWords
    translations: Mapping[str, RuleWords] = {}

    def read_in(self, language: str) -> RuleWords:
        return self.translations.get(language, self.words)


class Answer(msgspec.Struct, frozen=True):
    """``question`` as it was read by who answered."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How people come in here, as stewards set it."""

    asking: bool
    readers: int
    questions: tuple[Question, ...]
    kept_days: int
    most_members: int | None


@dataclass(frozen=True, slots=True)
class Room:
    """``promised``: places kept for who holds a personal invitation after asking."""

    most: int | None
    members: int
    promised: int

    def has_place(self, *, promised: bool = False) -> bool:
        """Tell whether one more fits in; ``promised``: one for whom a place is kept."""
        taken = self.members + (0 if promised else self.promised)
        return self.most is None or taken < self.most

    @property
    def is_full(self) -> bool:
        return not self.has_place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What somebody typed, checked."""

    name: str
    email: str
    language: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Voucher:
    """Who vouches for somebody, and the hash of the link that says so."""

    host: AccountId
    link_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A row of ``join_requests``."""

    id: int
    name: str
    email: str
    language: str
    answers: tuple[Answer, ...]
    standing: Standing
    host_id: AccountId | None
    is_vouched: bool
    link_hash: bytes | None
    """By which they are vouched for; a place of it is taken when the request is opened."""
    asked_at: datetime
    proven_at: datetime | None
    in_line_at: datetime | None
    ended_at: datetime | None
    reason: str
    key_sealed: bytes
    invitation_sealed: bytes | None
    invited_until: datetime | None

    @property
    def is_proven(self) -> bool:
        """Tell whether who asks has shown that they read what is sent to their address."""
        return self.proven_at is not None

    def is_unopened(self, now: datetime) -> bool:
        """Tell whether it still can be confirmed."""
        return self.standing is Standing.ASKED and now - self.asked_at < CONFIRM_WITHIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one steward said. ``note`` is for the others, ``reason`` for who asks."""

    account_id: AccountId
    says: Says
    note: str
    reason: str
    read_at: datetime
    name: str = ""
    counts: bool = True
    """Whether who said it is still a steward who can act."""


def decided(says: Iterable[Says], *, readers: int, stewards: int) -> Says | None:
    """What has been said by as many as it takes; None: it is not decided.

    A community with a single steward is not kept from deciding.
    """
    needed = needed_of(readers, stewards)
    said = list(says)
    return next((one for one in Says if said.count(one) >= needed), None)


def needed_of(readers: int, stewards: int) -> int:
    """How many stewards have to agree."""
    return max(1, min(readers, stewards))


def reason_of(readings: Sequence[Reading], says: Says) -> str:
    """The reason that is sent: the last that was written by who said so."""
    written = [one.reason for one in readings if one.says is says and one.reason]
    return written[-1] if written else ""


def read_asking(
    name: str, email: str, language: str, answers: Sequence[tuple[RuleWords, str]]
) -> tuple[Asking, list[Problem]]:
    """Tidy and check what somebody typed; ``answers``: each question with what stood below."""
    name, email = tidy(name), email.strip()
    problems = check_text("your_name", name, most=MAX_NAME, required=True) + check_email(email)
    given: list[Answer] = []
    for number, (question, typed) in enumerate(answers, 1):
        answer = tidy_lines(typed)
        problems += check_text(f"answer-{number}", answer, most=MAX_ANSWER, required=True)
        given.append(Answer(question.text, answer))
    return Asking(name=name, email=email, language=language, answers=tuple(given)), problems


def check_ways(
    *, readers: int | None, kept_days: int | None, most_members: int | None
) -> list[Problem]:
    """Say what is wrong with the numbers that stewards typed; None: not a number, or no most."""
    problems: list[Problem] = []
    between = N_("Choose a number from %(least)d to %(most)d.")
    for field, number, least, most in (
        ("readers", readers, 1, MAX_READERS),
        ("kept_days", kept_days, LEAST_KEPT_DAYS, MOST_KEPT_DAYS),
        ("most_members", 1 if most_members is None else most_members, 1, MOST_MEMBERS),
    ):
        if number is None or not least <= number <= most:
            problems.append(Problem(field, between, {"least": least, "most": most}))
    return problems


def check_question(number: int, words: RuleWords, language: str = "") -> list[Problem]:
    """Say what is wrong with a question; empty is none. ``language``: of a translation."""
    end = f"-{number}" + (f"_{language}" if language else "")
    problems = check_text(f"text{end}", words.text, most=MAX_QUESTION)
    problems += check_text(f"hint{end}", words.hint, most=MAX_QUESTION)
    if words.hint and not words.text:
        problems.append(Problem(f"text{end}", N_("Please fill this in.")))
    return problems
