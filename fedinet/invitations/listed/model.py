"""People who are invited from a list, and where each of them stands. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from fedinet.accounts.model import Role
from fedinet.kernel.ids import AccountId
from fedinet.kernel.problems import N_, Problem

LIVES: Final = timedelta(days=14)
"""How long the link of one person works."""
MAX_PEOPLE: Final = 1000
"""In one list: twice the largest community."""
MAX_BYTES: Final = 500_000
MAX_GREETING: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """One line that can be used. ``line`` counts from 1; ``name`` may be empty."""

    line: int
    name: str
    address: str
    role: Role = "member"
    language: str | None = None
    """None: the list does not say."""

    @property
    def key(self) -> str:
        """By which addresses are one: people write them in capitals too."""
        return self.address.lower()


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that invites nobody, and why. ``text``: its beginning, as it was written."""

    line: int
    text: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Reading:
    """What a list says, in the order of its lines."""

    guests: tuple[Guest, ...]
    bad: tuple[BadLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Addresses (``Guest.key``) about which something is known already."""

    members: frozenset[str] = frozenset()
    invited: frozenset[str] = frozenset()
    """Who has an invitation from a list that still works."""
    unwilling: frozenset[str] = frozenset()
    """Who said that they want no more of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would happen. Every line that is not empty stands in one of these."""

    new: tuple[Guest, ...]
    members: tuple[Guest, ...]
    invited: tuple[Guest, ...]
    unwilling: tuple[Guest, ...]
    bad: tuple[BadLine, ...]


class Standing(StrEnum):
    """Where somebody who was invited from a list stands."""

    WAITING = "waiting"
    """Nothing has reached them by mail yet."""
    SENT = "sent"
    BOUNCED = "bounced"
    """Their mail server refuses the address."""
    JOINED = "joined"
    LAPSED = "lapsed"
    DECLINED = "declined"
    """They said that they want no such mail."""
    WITHDRAWN = "withdrawn"
    IN_LINE = "in_line"
    """There was no room: they gave their link for a place in the line, and their role waits."""


REACHABLE: Final = frozenset({Standing.WAITING, Standing.SENT, Standing.BOUNCED, Standing.LAPSED})
"""Who can be invited again; the others came, said no, wait for room, or a steward said no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """A row of ``invited_people``. Links and secrets are not in it."""

    id: int
    created_by: AccountId
    name: str
    address: str
    """``""`` once they joined: their account knows it."""
    role: Role
    language: str
    greeting: str
    created_at: datetime
    expires_at: datetime
    mailed_at: datetime | None = None
    sent_at: datetime | None = None
    reminded_at: datetime | None = None
    bounced_at: datetime | None = None
    declined_at: datetime | None = None
    withdrawn_at: datetime | None = None
    joined_at: datetime | None = None
    in_line_at: datetime | None = None
    username: str = ""
    """Of the account that they made; ``""``: none, or none any more."""

    def standing(self, now: datetime) -> Standing:
        """Where they stand: what ended it goes before what became of a message."""
        ends = (
            (Standing.JOINED, self.joined_at is not None),
            (Standing.WITHDRAWN, self.withdrawn_at is not None),
            (Standing.DECLINED, self.declined_at is not None),
            (Standing.IN_LINE, self.in_line_at is not None),
            (Standing.LAPSED, self.expires_at <= now),
            (Standing.BOUNCED, self.bounced_at is not None),
            (Standing.SENT, self.sent_at is not None),
        )
        return next((standing for standing, is_so in ends if is_so), Standing.WAITING)


def preview(
    reading: Reading,
    known: Known,
    *,
    may_give: Callable[[Role], bool],
    refused: Mapping[str, Problem] | None = None,
) -> Preview:
    """Say what a list would do.

    ``may_give``: whether whoever invites may give a role; a line that asks for more is bad.
    ``refused``: domains whose addresses nobody joins with, and why.
    """
    found: dict[str, list[Guest]] = {"new": [], "members": [], "invited": [], "unwilling": []}
    bad = list(reading.bad)
    for guest in reading.guests:
        problem = _problem(guest, may_give, refused or {})
        if guest.key in known.members:
            found["members"].append(guest)
        elif problem is not None:
            bad.append(BadLine(guest.line, guest.address, problem))
        elif guest.key in known.unwilling:
            found["unwilling"].append(guest)
        elif guest.key in known.invited:
            found["invited"].append(guest)
        else:
            found["new"].append(guest)
    return Preview(
        **{name: tuple(guests) for name, guests in found.items()},
        bad=tuple(sorted(bad, key=lambda one: one.line)),
    )


def check_greeting(text: str) -> list[Problem]:
    """Say what is wrong with the sentence that stands above an invitation."""
    if len(text) > MAX_GREETING:
        said = N_("This has more than %(most)d characters.")
        return [Problem("greeting", said, {"most": MAX_GREETING})]
    return []


def domains_of(guests: Sequence[Guest]) -> frozenset[str]:
    """Where the addresses of a list are."""
    return frozenset(guest.key.rpartition("@")[2] for guest in guests)


def _problem(
    guest: Guest, may_give: Callable[[Role], bool], refused: Mapping[str, Problem]
) -> Problem | None:
    if not may_give(guest.role):
        return Problem("role", N_("You may not give this role. Leave it empty: member."))
    return refused.get(guest.key.rpartition("@")[2])
