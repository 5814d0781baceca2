"""Polls and their rules: what may be asked, who may answer, what a reader sees. Pure."""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.outcomes import Dropped
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.markup.names import clean_name

MIN_OPTIONS: Final = 2
MAX_OPTIONS: Final = 6
MAX_OPTION: Final = 100
MIN_LENGTH: Final = timedelta(minutes=5)
MAX_LENGTH: Final = timedelta(days=31)
_MAX_TITLE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The poll of a post. ``options`` are as their author wrote them, never HTML."""

    options: tuple[str, ...]
    counts: tuple[int, ...]
    multiple: bool = False
    voters: int | None = None
    """How many people voted; None where its server does not say."""
    hides_totals: bool = False
    ends_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def titles(self) -> tuple[str, ...]:
        """The options as one line of readable text each."""
        return titles_of(self.options)

    @property
    def total(self) -> int:
        """Votes; people, where each has one."""
        return sum(self.counts)

    @property
    def people(self) -> int:
        """How many answered, as well as we know."""
        if self.voters is not None:
            return self.voters
        return max(self.counts) if self.multiple else self.total

    def has_ended(self, now: datetime) -> bool:
        return self.closed_at is not None or (self.ends_at is not None and self.ends_at <= now)

    def asks_the_same(self, other: "Poll") -> bool:
        """Tell whether votes for the one are votes for the other."""
        return (self.options, self.multiple) == (other.options, other.multiple)

    def with_votes(self, choices: Collection[int], *, new_voter: bool) -> "Poll":
        """Count somebody's choices."""
        counts = tuple(n + (at in choices) for at, n in enumerate(self.counts))
        voters = self.voters if self.voters is None else self.voters + new_voter
        return replace(self, counts=counts, voters=voters)


def titles_of(options: Sequence[str]) -> tuple[str, ...]:
    """Options as one line of readable text each."""
    return tuple(clean_name(option, max_length=_MAX_TITLE) or "…" for option in options)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollDraft:
    """What a member wants to ask."""

    options: tuple[str, ...]
    lasts: timedelta
    multiple: bool = False
    hides_totals: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One option as a reader sees it, with its votes where they are shown."""

    choice: int
    title: str
    count: int
    is_mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPoll:
    """A poll for one reader."""

    lines: tuple[Line, ...]
    multiple: bool
    people: int
    ends_at: datetime | None
    has_ended: bool
    may_vote: bool
    shows_results: bool
    """After one's own vote, and after the end. Who asked sees them at any time."""


def check_poll(draft: PollDraft) -> PollDraft:
    """Return the draft as it will be stored: each option one trimmed line.

    Raises:
        Invalid: too few, too many, two alike, too long, or a length that is not offered.
    """
    lines = [_form(option) for option in draft.options]
    options = tuple(line for line in lines if line)
    if not MIN_OPTIONS <= len(options) <= MAX_OPTIONS:
        raise Invalid(
            Problem(
                f"option{[*lines, ''].index('') + 1 if len(options) < MIN_OPTIONS else 1}",
                N_("A poll has %(least)d to %(most)d answers to choose from"),
                {"least": MIN_OPTIONS, "most": MAX_OPTIONS},
            )
        )
    for at, option in enumerate(lines, 1):
        if not option:
            continue
        if len(option) > MAX_OPTION:
            text = N_("An answer to choose from has at most %(most)d characters")
            raise Invalid(Problem(f"option{at}", text, {"most": MAX_OPTION}))
        if clean_name(option, max_length=MAX_OPTION) != option:
            raise Invalid(Problem(f"option{at}", N_("This text has broken characters")))
        if _alike(option) in map(_alike, lines[: at - 1]):
            raise Invalid(Problem(f"option{at}", N_("Two answers to choose from are the same")))
    if not MIN_LENGTH <= draft.lasts <= MAX_LENGTH:
        raise Invalid(Problem("lasts", N_("A poll is open for 5 minutes to 31 days")))
    return replace(draft, options=options)


def new_poll(draft: PollDraft, now: datetime) -> Poll:
    """The poll that a checked draft becomes."""
    return Poll(
        options=draft.options,
        counts=(0,) * len(draft.options),
        multiple=draft.multiple,
        voters=0,
        hides_totals=draft.hides_totals,
        ends_at=now + draft.lasts,
    )


def check_choices(
    poll: Poll, choices: Sequence[int], *, chosen: Collection[int], is_own: bool, now: datetime
) -> tuple[int, ...]:
    """Return what a member of ours votes for, in the order of the options.

    ``chosen``: what they voted for before; they do so once, all choices together.

    Raises:
        Unprocessable: over, voted already, one's own, nothing chosen, or what is not there.
    """
    wanted = tuple(sorted(set(choices)))
    if poll.has_ended(now):
        raise Unprocessable("poll is over", public=N_("This poll has ended"))
    if is_own:
        raise Unprocessable("own poll", public=N_("You asked this yourself"))
    if chosen:
        raise Unprocessable("voted before", public=N_("You have voted already"))
    if not wanted:
        raise Unprocessable("nothing chosen", public=N_("Choose an answer first"))
    if not all(0 <= choice < len(poll.options) for choice in wanted):
        raise Unprocessable(f"choices {wanted}", public=N_("This answer is not there to choose"))
    if len(wanted) > 1 and not poll.multiple:
        raise Unprocessable(f"choices {wanted}", public=N_("Choose one answer only"))
    return wanted


def decide_vote(poll: Poll, name: str, *, chosen: Collection[int], now: datetime) -> int | Dropped:
    """Say which option somebody elsewhere voted for, or why it does not count.

    Several choices come one by one, so that the same again is the double vote.
    """
    if poll.has_ended(now):
        return Dropped("poll_ended")
    choice = _choice(poll, name)
    if choice is None:
        return Dropped("unknown_option")
    if choice in chosen or (chosen and not poll.multiple):
        return Dropped("already_voted")
    return choice


def shown_to(
    poll: Poll, *, chosen: Collection[int], is_own: bool, is_member: bool, now: datetime
) -> ShownPoll:
    """Say what a reader sees: the options to choose from, or what others chose."""
    has_ended = poll.has_ended(now)
    may_vote = is_member and not (has_ended or chosen or is_own)
    hides = poll.hides_totals and not is_own
    lines = [
        Line(choice=choice, title=title, count=count, is_mine=choice in chosen)
        for choice, (title, count) in enumerate(zip(poll.titles, poll.counts, strict=True))
    ]
    return ShownPoll(
        lines=tuple(lines),
        multiple=poll.multiple,
        people=poll.people,
        ends_at=poll.ends_at,
        has_ended=has_ended,
        may_vote=may_vote,
        shows_results=has_ended or ((bool(chosen) or is_own) and not hides),
    )


def _choice(poll: Poll, name: str) -> int | None:
    """Find an option by its exact words, else by the same words in another Unicode form."""
    if name in poll.options:
        return poll.options.index(name)
    wanted = _form(name)
    forms = [_form(option) for option in poll.options]
    return forms.index(wanted) if forms.count(wanted) == 1 else None


def _form(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _alike(option: str) -> str:
    return unicodedata.normalize("NFKC", option).casefold()
