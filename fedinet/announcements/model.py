"""What stewards announce to all members. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fedinet.emojis.model import Emoji
from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import N_, Problem

MAX_CHARACTERS: Final = 5000
MOST_SHOWN: Final = 40
"""At once; the newest."""
MOST_EMOJI: Final = 8
"""Different ones under an announcement, as Mastodon has it (``reaction_validator.rb``)."""
_FURTHEST: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    id: int
    source: str
    html: str
    tags: tuple[str, ...]
    written_by: ActorId | None
    published_at: datetime
    ended_at: datetime | None
    updated_at: datetime
    is_read: bool = False
    """By the member who asks."""
    emojis: tuple[Emoji, ...] = ()
    """The community's own that stand in it, once they were looked up."""

    def waits(self, now: datetime) -> bool:
        return self.published_at > now and not self.is_over(now)

    def is_over(self, now: datetime) -> bool:
        return self.ended_at is not None and self.ended_at <= now

    def is_shown(self, now: datetime) -> bool:
        """Tell whether members see it."""
        return self.published_at <= now and not self.is_over(now)


@dataclass(frozen=True, slots=True)
class Reaction:
    """How many left this emoji. ``picture``: of the community's own; its name is the shortcode."""

    name: str
    count: int
    is_mine: bool
    picture: Emoji | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a steward wants to announce. Without ``published_at``: at once."""

    text: str
    published_at: datetime | None = None
    ended_at: datetime | None = None


def read_moment(typed: str, zone: ZoneInfo) -> datetime | None:
    """Read what a field for a day and time holds, on a clock of this zone; None for nothing.

    An hour that the clock skips is the one after it; of two that are called alike, the first.

    Raises:
        ValueError: it is no time.
    """
    typed = typed.strip()
    if not typed:
        return None
    at = datetime.fromisoformat(typed)
    return (at.replace(tzinfo=zone) if at.tzinfo is None else at).astimezone(UTC)


def read_wish(
    text: str, begins: str, ends: str, *, zone: ZoneInfo, now: datetime
) -> tuple[Wish, tuple[Problem, ...]]:
    """Read the form: what to announce, and what is wrong with it. ``zone``: of who wrote it."""
    problems: list[Problem] = []
    text = text.strip()
    if not text:
        problems.append(Problem("text", N_("Write what you want to announce.")))
    elif len(text) > MAX_CHARACTERS:
        problems.append(
            Problem("text", N_("At most %(most)d characters."), {"most": MAX_CHARACTERS})
        )
    moments: dict[str, datetime | None] = {}
    for field, typed in (("begins", begins), ("ends", ends)):
        try:
            moments[field] = read_moment(typed, zone)
        except (ValueError, OverflowError):
            problems.append(Problem(field, N_("Write a day and a time, like 2027-01-31 18:00.")))
            continue
        at = moments[field]
        if at is not None and at > now + _FURTHEST:
            problems.append(Problem(field, N_("At most a year ahead.")))
    wish = Wish(text, moments.get("begins"), moments.get("ends"))
    if wish.ended_at is not None and wish.ended_at <= max(now, wish.published_at or now):
        problems.append(Problem("ends", N_("It has to end after it begins, and not in the past.")))
    return wish, tuple(problems)
