"""So many in a period: what a rate means, and how it is counted. Pure.

A window slides: of the period before counts what of it is still within reach,
so that a rate cannot be doubled around the turn of a period.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Annotated, Final

import msgspec

from fedinet.kernel.errors import Malformed
from fedinet.kernel.problems import N_
from fedinet.net.domains import registrable
from fedinet.policy.model import Effect, Envelope, Rate, RatePer

RateWord = Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,5}/([1-9][0-9]{0,2})?[mhd]$")]

OF_SERVERS: Final = frozenset({Effect.FREEZE_FOLLOWS, Effect.SEVER_FOLLOWS})
"""Effects on a server as a whole, which no single activity can have."""
_RATE: Final = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,2})?([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Window:
    """How many there were in the period that began at ``start``, and in the one before."""

    start: datetime
    current: int = 0
    previous: int = 0


def read_rate(raw: str, per: RatePer) -> Rate:
    """Read ``20/h``, ``100/10m`` or ``5/7d``.

    Raises:
        Malformed: anything else.
    """
    match = _RATE.fullmatch(raw)
    if match is None:
        raise Malformed(f"not a rate: {raw[:40]!r}")
    period = timedelta(**{_UNITS[match[3]]: int(match[2] or 1)})
    return Rate(count=int(match[1]), period=period, per=per)


def misuse_of_rate(
    verdict: str | None, effects: Collection[Effect], scopes: Collection[str], rate: str | None
) -> str | None:
    """Say what a rule asks for that cannot be with a rate, or without one; None where all is well.

    The sentence has a place for ``key``.
    """
    if rate is None:
        return (
            N_("The rule %(key)s can only ask to come later beyond a rate: say how much")
            if verdict == "defer"
            else None
        )
    if verdict == "accept":
        return N_("The rule %(key)s would let in what is beyond its rate: choose something else")
    if not OF_SERVERS.isdisjoint(effects):
        return N_("The rule %(key)s cannot put follows aside, or end them, by a rate")
    if set(scopes) - {"in"}:
        return N_("The rule %(key)s has a rate, which counts only what comes in")
    return None


def subject_of(envelope: Envelope, per: RatePer) -> str:
    """Name whose activities count together with this one."""
    match per:
        case RatePer.ACTOR:
            return envelope.actor or envelope.domain
        case RatePer.SERVER:
            return envelope.domain
        case RatePer.DOMAIN:
            return registrable(envelope.domain)
        case RatePer.ALL:
            return ""


def window_start(rate: Rate, now: datetime) -> datetime:
    """When the period that ``now`` is in began: periods are the same for everybody."""
    seconds = int(rate.period.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def used(window: Window | None, rate: Rate, now: datetime) -> int:
    """How much of a rate is used up. What was beyond it does not count in the next period."""
    window = moved(window, rate, now)
    elapsed = (now - window.start) / rate.period
    return window.current + ceil(min(window.previous, rate.count) * (1 - elapsed))


def wait_s(window: Window | None, rate: Rate, now: datetime) -> int:
    """In how many seconds one more will be within the rate; 0 for now."""
    window = moved(window, rate, now)
    if used(window, rate, now) < rate.count:
        return 0
    end = window.start + rate.period
    if window.current < rate.count:
        free = (rate.count - 1 - window.current) / min(window.previous, rate.count)
        at = end - rate.period * free
    else:
        at = end + rate.period / rate.count
    return max(1, ceil((at - now).total_seconds()))


def moved(window: Window | None, rate: Rate, now: datetime) -> Window:
    """The same counts, seen from the period of ``now``. A clock that is behind changes nothing."""
    start = window_start(rate, now)
    if window is None or window.start < start - rate.period:
        return Window(start)
    if window.start < start:
        return Window(start, 0, window.current)
    return window if window.start == start else replace(window, start=start)
