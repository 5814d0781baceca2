"""Invitations: links by which members let others in. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from fedinet.kernel.ids import AccountId
from fedinet.kernel.problems import N_, Problem

LIFETIMES: Final = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}
MAX_NOTE: Final = 100
QUOTA_DAYS: Final = 30
"""The setting ``member_invitations`` is about so many days."""
_OPEN_AT_ONCE: Final = {"steward": 100, "member": 10}
_MOST_USES: Final = {"steward": 100, "member": 5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A row of ``invitations``. The link itself is not stored, only its hash."""

    id: int
    created_by: AccountId
    note: str
    max_uses: int
    uses: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Tell whether it still lets somebody in."""
        return self.revoked_at is None and self.uses < self.max_uses and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Whom a personal invitation is for, and the sentence that stands above it."""

    name: str
    address: str
    greeting: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Who lets somebody in."""

    account_id: AccountId
    name: str
    username: str
    expects: Expected | None = None
    """None: whoever has the link."""


def most_uses(*, is_steward: bool) -> int:
    """How many people one link may let in."""
    return _MOST_USES["steward" if is_steward else "member"]


def check_new(
    *,
    note: str,
    max_uses: int | None,
    lifetime: str,
    open_now: int,
    left: int,
    is_steward: bool,
) -> list[Problem]:
    """Say what is wrong with an invitation to be made; an empty list: nothing.

    ``left``: how many more a member may make in these 30 days; stewards have no such limit.

    Members have few and small ones: a community grows by people who know each other.
    """
    problems: list[Problem] = []
    if len(note) > MAX_NOTE:
        problems.append(
            Problem("note", N_("This has more than %(most)d characters."), {"most": MAX_NOTE})
        )
    most = most_uses(is_steward=is_steward)
    if max_uses is None or not 1 <= max_uses <= most:
        problems.append(
            Problem("max_uses", N_("Choose a number from 1 to %(most)d."), {"most": most})
        )
    if lifetime not in LIFETIMES:
        problems.append(Problem("lifetime", N_("Please choose how long it works.")))
    if open_now >= _OPEN_AT_ONCE["steward" if is_steward else "member"]:
        problems.append(
            Problem("note", N_("You have many open invitations. Take one back before a new one."))
        )
    if left <= 0 and not is_steward:
        said = N_("You have made all the links that a member may make in %(days)d days.")
        problems.append(Problem("note", said, {"days": QUOTA_DAYS}))
    return problems
