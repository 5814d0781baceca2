"""How lively the community was, by weeks: what apps and directories call activity. Pure.

Source: https://docs.joinmastodon.org/methods/instance/#activity
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

WEEK: Final = timedelta(weeks=1)
_HOW_MANY: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """``people``: members who wrote something public. When somebody was here is not kept."""

    begins: datetime
    posts: int
    people: int
    joined: int


def last_weeks(now: datetime) -> list[datetime]:
    """When the last twelve weeks began, Mondays in UTC, this one first."""
    day = now.astimezone(UTC).date() - timedelta(days=now.astimezone(UTC).weekday())
    begins = datetime.combine(day, time(), UTC)
    return [begins - WEEK * number for number in range(_HOW_MANY)]


def week_entities(weeks: Iterable[Week]) -> list[dict[str, str]]:
    """All numbers are texts. ``logins`` are those who wrote."""
    return [
        {
            "week": str(int(week.begins.timestamp())),
            "statuses": str(week.posts),
            "logins": str(week.people),
            "registrations": str(week.joined),
        }
        for week in weeks
    ]
