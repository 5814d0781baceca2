"""Posts that are written now and published later: how many, and when. Pure.

Source: Mastodon 4.2-4.7 ``scheduled_status.rb``, ``post_status_service.rb``
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from fedinet.kernel.errors import FedinetError, NotFound, Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import N_
from fedinet.posts.model import Draft

MAX_IN_ALL: Final = 300
MAX_A_DAY: Final = 25
SOONEST: Final = timedelta(minutes=5)
LATEST: Final = timedelta(days=10 * 366)
TOO_LATE: Final = timedelta(days=1)
"""A node that was down does not surprise anybody with what was meant for last week."""

_NOT_THERE: Final = N_("The post that it answers or quotes is not there any more")
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledPost:
    """One row of ``scheduled_posts``."""

    id: int
    actor_id: ActorId
    due_at: datetime
    draft: Draft
    app_id: int | None = None
    idempotency_key: str | None = None
    problem: str = ""
    """Why it was not published when it was due: a message key. Empty: it still will be."""
    problem_values: Mapping[str, object] = field(default_factory=lambda: _NOTHING)

    @property
    def has_failed(self) -> bool:
        return bool(self.problem)


class NoRoom(Unprocessable):
    """So many posts wait already that one more may not."""


def mark_of(one: ScheduledPost) -> str:
    """A short text that is another one once anything of it has changed."""
    said = msgspec.json.encode((one.draft, one.due_at, one.problem))
    return hashlib.sha256(said).hexdigest()[:24]


def why_not(error: FedinetError) -> str:
    """What its author hears of what stands in the way of publishing: a message key."""
    return _NOT_THERE if isinstance(error, NotFound) else error.sentence or error.public


def read_moment(raw: str) -> datetime:
    """Read an ISO 8601 time; without a zone it is UTC, as Mastodon reads it.

    Raises:
        Unprocessable: it is none.
    """
    try:
        moment = datetime.fromisoformat(raw.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unprocessable(
            f"scheduled_at {raw[:60]!r}",
            public=N_("The moment to publish is not a date and time"),
        ) from error


def check_due(due_at: datetime, now: datetime) -> datetime:
    """Raises ``Unprocessable`` for a moment that is too soon, or years away."""
    if due_at <= now + SOONEST:
        raise Unprocessable(
            f"due at {due_at}",
            public=N_("The moment to publish has to be more than five minutes from now"),
        )
    if due_at > now + LATEST:
        raise Unprocessable(
            f"due at {due_at}",
            public=N_("The moment to publish is more than ten years away"),
        )
    return due_at


def is_the_day(due_at: datetime, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether it is the day that is wrong with a moment, and not the hour, for its writer."""
    is_over = due_at.astimezone(zone).date() < now.astimezone(zone).date()
    return is_over or due_at > now + LATEST


def check_room(in_all: int, that_day: int) -> None:
    """Raises ``NoRoom`` where there are enough without one more."""
    if in_all >= MAX_IN_ALL:
        raise NoRoom(
            f"{in_all} scheduled",
            public=N_("At most %(most)d posts wait to be published. Cancel one first"),
            values={"most": MAX_IN_ALL},
        )
    if that_day >= MAX_A_DAY:
        raise NoRoom(
            f"{that_day} scheduled that day",
            public=N_("At most %(most)d posts wait for one day. Choose another"),
            values={"most": MAX_A_DAY},
        )
