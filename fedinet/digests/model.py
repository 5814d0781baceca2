"""What reaches a member, by which way, and when. Pure.

All of it always stands on the pages; mail and push are what can be less.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Rubric(StrEnum):
    """What there is to hear of."""

    WAITING = "waiting"
    """Somebody waits for an answer: what is written to one alone, who asks to follow one."""
    MENTIONS = "mentions"
    """Mentions, answers and quotes that others read, too."""
    NEWCOMERS = "newcomers"
    COMMUNITY = "community"
    """What stewards announce."""


class Pace(StrEnum):
    """When something comes by mail."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"
    NEVER = "never"


RUNG: Final = (Rubric.WAITING, Rubric.MENTIONS)
"""Apps are rung for these; of the others nobody told them a word."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Minutes after midnight, never the same; it may go past midnight."""

    begins: int
    ends: int

    def holds(self, minute: int) -> bool:
        """Tell whether a minute of the day is quiet. Its end is not."""
        if self.begins < self.ends:
            return self.begins <= minute < self.ends
        return minute >= self.begins or minute < self.ends


def _all_daily() -> Mapping[Rubric, Pace]:
    return MappingProxyType(dict.fromkeys(Rubric, Pace.DAILY))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What one member chose."""

    time_zone: str = ""
    """``""``: the house's."""
    quiet: Quiet | None = None
    """Mail and push wait for its end; what is about signing in never does."""
    hour: int = 8
    weekday: int = 1
    """Of the weekly mail, 1 (Monday) to 7: that day there is no daily one."""
    mail: Mapping[Rubric, Pace] = field(default_factory=_all_daily)
    push: frozenset[Rubric] = frozenset(RUNG)

    def of_pace(self, *paces: Pace) -> frozenset[Rubric]:
        """What comes by mail at one of these paces."""
        return frozenset(rubric for rubric in Rubric if self.mail[rubric] in paces)


USUAL: Final = Rhythm()
"""Of who has chosen nothing: at most one mail a day."""
