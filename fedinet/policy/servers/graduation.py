"""When does a server that nobody here has met become one that is met, by time alone? Pure.

A member who follows somebody there, lets somebody follow, or writes to somebody there
makes it met at once. Time is for the quiet ones: people there have followed members
here for a while, and nothing was wrong with it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

KNOWN_FOR: Final = timedelta(days=14)
"""Since we first saw the server."""
FOLLOWED_FOR: Final = timedelta(days=7)
"""So long must follows hold to count."""
FOLLOWERS: Final = 3
"""People there who follow members here."""
FOLLOWED: Final = 2
"""Members whom they follow."""
MOST_HELD: Final = 20
"""Whoever has more waiting may be a flood: that is for a steward to see."""
CLEAN_FOR: Final = timedelta(days=90)
"""Since a steward threw something of it away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquaintance:
    """What there is between us and a server that nobody here has met.

    ``followers`` and ``followed`` count follows that have held for ``FOLLOWED_FOR``.
    ``reports``: open ones about its people. ``has_rule``: a rule in force names it.
    """

    first_seen_at: datetime
    followers: int
    followed: int
    held: int = 0
    reports: int = 0
    thrown_away_at: datetime | None = None
    has_rule: bool = False


def graduates(known: Acquaintance, now: datetime) -> bool:
    """Say whether the server counts as met from now on."""
    return (
        now - known.first_seen_at >= KNOWN_FOR
        and known.followers >= FOLLOWERS
        and known.followed >= FOLLOWED
        and known.held <= MOST_HELD
        and known.reports == 0
        and (known.thrown_away_at is None or now - known.thrown_away_at >= CLEAN_FOR)
        and not known.has_rule
    )
