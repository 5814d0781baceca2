"""Allied communities: what one says of another, and when both say it. Pure.

An alliance is two statements, each dated, signed and on its maker's own origin.
It holds while both stand, both were seen lately, and the other side's node still
has the key that a steward said yes to.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from fedinet.kernel.ids import ActorId, Domain
from fedinet.kernel.uris import same_origin

TERM: Final = timedelta(days=365)
"""How long a statement of ours stands before a steward renews it."""
LONGEST: Final = timedelta(days=400)
"""How much of another's term counts, however long they wrote it."""
REMIND: Final = timedelta(days=30)
"""So long before the end stewards are reminded."""
CHECKED_EVERY: Final = timedelta(days=1)
UNSEEN_FOR: Final = timedelta(days=14)
"""A server that could not be asked for so long is no ally until it can be: a domain that was
given up is for sale after a month.
"""
LEAD: Final = timedelta(hours=1)
MAX_AGE: Final = timedelta(hours=12)
"""Of a proof. Statements are signed whenever they are asked for."""
MOST: Final = 200
"""Communities that can be named at any time; so many more may ask, and take no place of these."""
MOST_OF_OWNER: Final = 5
"""Who ask under one registered name: sub-domains are free."""


class Standing(StrEnum):
    """How it stands between us and another community."""

    UNKNOWN = "unknown"
    """They say that they ask; nothing of it is proven yet."""
    PROPOSED = "proposed"
    """We name them, they do not name us."""
    ASKED = "asked"
    """They name us, we do not name them."""
    ALLIED = "allied"
    PAUSED = "paused"
    """Both are named, and something is in the way: see ``Ally.trouble``."""
    ENDED = "ended"


class EndedBy(StrEnum):
    US = "us"
    THEM = "them"
    TIME = "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One node says that another is its ally, from ``since`` until ``until``."""

    uri: str
    subject: str
    object: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ally:
    """Another community, and all that was said between us. See the migration for each part."""

    domain: Domain
    origin: str
    node_uri: str = ""
    node_id: ActorId | None = None
    allies_uri: str = ""
    our_since: datetime | None = None
    our_until: datetime | None = None
    our_uri: str = ""
    told: bool = False
    their_since: datetime | None = None
    their_until: datetime | None = None
    their_offer: str = ""
    node_key: str = ""
    new_key: str = ""
    mutual_until: datetime | None = None
    allied_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: EndedBy | None = None
    checked_at: datetime | None = None
    trouble: str = ""
    names: tuple[str, ...] = ()
    takes_rules: bool = False
    people_read_at: datetime | None = None

    def we_name_them(self, now: datetime) -> bool:
        return self.our_until is not None and self.our_until > now

    def they_name_us(self, now: datetime) -> bool:
        return self.their_until is not None and self.their_until > now

    def is_allied(self, now: datetime) -> bool:
        return self.mutual_until is not None and self.mutual_until > now

    def ends_soon(self, now: datetime) -> bool:
        """Tell whether a steward should renew our word, or ask theirs to renew."""
        ends = min((end for end in (self.our_until, self.their_until) if end), default=None)
        return self.is_allied(now) and ends is not None and ends - now < REMIND

    def standing(self, now: datetime) -> Standing:
        ours, theirs = self.we_name_them(now), self.they_name_us(now)
        if self.is_allied(now):
            return Standing.ALLIED
        if ours and theirs:
            return Standing.PAUSED
        if ours:
            return Standing.PROPOSED
        if theirs:
            return Standing.ASKED
        return Standing.UNKNOWN if self.ended_at is None else Standing.ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look at the other node found. ``statement`` None: it does not name us."""

    node_uri: str
    node_id: ActorId
    allies_uri: str
    key: str
    statement: Statement | None
    names: tuple[str, ...] = ()
    people_uri: str = ""
    rules_uri: str = ""


def refuse(statement: Statement, *, node: str, ours: str, now: datetime) -> str:
    """Say by a word why a proven document is no statement of that node about us; "" if it is."""
    if statement.subject != node or not same_origin(statement.uri, node):
        return "not_its_own"
    if statement.object != ours:
        return "names_another"
    if statement.since > now + LEAD:
        return "not_yet"
    if statement.until <= now:
        return "out_of_date"
    return ""


def settled(ally: Ally, seen: Seen, now: datetime) -> Ally:
    """Take over what was seen. Who does not name us any more has ended the alliance.

    A word from before the last end counts no more: it was said of an alliance that is over.
    """
    said = seen.statement
    if said is not None and ally.ended_at is not None and said.since <= ally.ended_at:
        said = None
    ally = replace(
        ally,
        node_uri=seen.node_uri,
        node_id=seen.node_id,
        allies_uri=seen.allies_uri,
        node_key=ally.node_key or seen.key,
        new_key="" if seen.key == (ally.node_key or seen.key) else seen.key,
        names=seen.names if said is not None else (),
        checked_at=now,
        trouble="",
    )
    if said is None:
        if ally.allied_at is not None and ally.their_until is not None and ally.our_since:
            return ended(ally, EndedBy.THEM if ally.their_until > now else EndedBy.TIME, now)
        return weighed(replace(ally, their_since=None, their_until=None), now)
    until = min(said.until, now + LONGEST)
    return weighed(replace(ally, their_since=said.since, their_until=until), now)


def weighed(ally: Ally, now: datetime) -> Ally:
    """Say until when both are allies, by what is known: the one rule behind ``mutual_until``."""
    ends = (ally.our_until, ally.their_until)
    if ally.new_key:
        return replace(ally, mutual_until=None, trouble="new_key")
    if ally.checked_at is None or any(end is None or end <= now for end in ends):
        return replace(ally, mutual_until=None)
    until = min(*(end for end in ends if end is not None), ally.checked_at + UNSEEN_FOR)
    began = ally.allied_at
    if began is None or (ally.ended_at is not None and ally.ended_at >= began):
        began = now
    return replace(ally, mutual_until=until, allied_at=began, ended_by=None)


def stopped(ally: Ally, trouble: str) -> Ally:
    """Let an alliance rest at once: what was found is no proof that they name us."""
    return replace(ally, mutual_until=None, trouble=trouble)


def named(ally: Ally, uri: str, now: datetime) -> Ally:
    """Let our community name them, or renew its word: their present key is the right one."""
    key = ally.new_key or ally.node_key
    return weighed(
        replace(
            ally,
            our_since=now,
            our_until=now + TERM,
            our_uri=ally.our_uri if ally.we_name_them(now) else uri,
            told=ally.told and ally.we_name_them(now),
            node_key=key,
            new_key="",
            trouble="",
        ),
        now,
    )


def ended(ally: Ally, by: EndedBy, now: datetime) -> Ally:
    """Take back both words at once, whoever ends it."""
    return replace(
        ally,
        our_since=None,
        our_until=None,
        our_uri="",
        told=False,
        their_since=None,
        their_until=None,
        their_offer="",
        node_key="",
        new_key="",
        mutual_until=None,
        ended_at=now,
        ended_by=by,
        names=(),
        trouble="",
        people_read_at=None,
    )
