"""What looks like a flood: what is noticed of each activity, and how much of it is too much. Pure.

Detectors only tell. What is done about it is a rule that a steward has written
(``during``), or the panic switch.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from fedinet.kernel.ids import Domain
from fedinet.net.domains import registrable
from fedinet.policy.model import AlertKind, Envelope

FRESH: Final = timedelta(hours=24)
"""Who we have known for less counts for ``MENTION_WAVE``, whatever the account says of its age."""
LOOKED_BACK: Final = timedelta(hours=1)
BUCKET: Final = timedelta(minutes=10)
MANY_MENTIONS: Final = 20
"""A post with so many counts for ``HELLTHREAD``."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """So many within an hour, from so many sources, are a flood."""

    count: int
    sources: int = 1


LEAST: Final[Mapping[AlertKind, Threshold]] = MappingProxyType(
    {
        AlertKind.MENTION_WAVE: Threshold(10, sources=5),
        AlertKind.FOLLOW_FLOOD: Threshold(50),
        AlertKind.NEW_SERVERS: Threshold(20, sources=20),
        AlertKind.HELLTHREAD: Threshold(10),
    }
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing worth counting. ``source``: where from; ``subject``: whom an alert is about."""

    kind: AlertKind
    subject: str
    source: str
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    """What was counted of one kind and subject in the last hour."""

    kind: AlertKind
    subject: str
    count: int
    sources: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What a detector has found in the last hour. ``subject``: a domain; empty: everybody."""

    kind: AlertKind
    subject: str
    count: int
    sources: int
    examples: tuple[str, ...] = ()


def sightings_of(envelope: Envelope) -> Iterator[Sighting]:
    """Say what an activity may count for. Whether its account is new, the database knows."""
    if envelope.is_shrinking:
        return
    if envelope.activity == "Follow":
        owner = registrable(envelope.domain)
        yield Sighting(AlertKind.FOLLOW_FLOOD, owner, envelope.domain)
    if envelope.reaches_out:
        owner = registrable(envelope.domain)
        yield Sighting(AlertKind.MENTION_WAVE, "", owner, envelope.actor or "")
        if envelope.mentions >= MANY_MENTIONS:
            yield Sighting(AlertKind.HELLTHREAD, "", owner)


def new_server(domain: Domain) -> Sighting:
    """What a server counts for where nobody there was known an hour ago."""
    return Sighting(AlertKind.NEW_SERVERS, registrable(domain), domain)


def bucket_of(now: datetime) -> datetime:
    seconds = int(BUCKET.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def alarms(totals: Iterable[Total]) -> list[Alarm]:
    """Say which of these are too much."""
    return [
        Alarm(
            kind=total.kind,
            subject=total.subject,
            count=total.count,
            sources=total.sources,
            examples=total.examples,
        )
        for total in totals
        if total.count >= LEAST[total.kind].count and total.sources >= LEAST[total.kind].sources
    ]
