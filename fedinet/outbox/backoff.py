"""What an answer means for a delivery and its host, and how long to wait. Pure.

Two clocks run. A *delivery* that was answered with trouble waits by itself and
lets others pass; a *host* that fails as a whole is paused, and nobody asks it
20,000 times whether it is still down.

Source: facts of Mastodon 4.2 to 4.7 (``activitypub/delivery_worker.rb``,
``delivery_failure_tracker.rb``); RFC 9110 sections 10.2.3 and 15.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from fedinet.signing.dates import read_http_date

KEPT_FOR: Final = timedelta(days=3)
"""A delivery that could not be made for so long becomes a dead letter."""
DEAD_AFTER: Final = timedelta(days=7)
"""A host that failed for so long, without one success, is given up until it shows itself."""
HOLDS_ORDER: Final = 5
"""So many failed attempts of one activity hold back what follows it to the same inbox.

Then the rest may pass: one activity that a peer chokes on must not silence its sender.
"""
LONGEST_RETRY_AFTER: Final = timedelta(hours=6)

_FIRST_WAIT_S: Final = 15.0
_LONGEST_HOST_PAUSE_S: Final = 3600.0
_LONGEST_ANSWERED_PAUSE_S: Final = 60.0
_JITTER: Final = 0.25


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other server took it. Any 2xx."""


@dataclass(frozen=True, slots=True)
class Later:
    """Trouble that may pass. ``reason`` is a stable word.

    ``pause``: the host itself asked for it. ``answered``: somebody was there,
    so only this delivery is known to have failed. ``ours``: it never left here.
    """

    reason: str
    pause: timedelta | None = None
    answered: bool = True
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Never:
    """Trying again would change nothing: a dead letter. ``reason`` is a stable word."""

    reason: str


Verdict: TypeAlias = Delivered | Later | Never

UNREACHABLE: Final = Later("unreachable", answered=False)
UNSIGNED: Final = Later("key_unavailable", ours=True)


def judge(status: int, retry_after: str | None, now: datetime) -> Verdict:
    """Say what an HTTP answer means. ``retry_after`` is the raw header value.

    A redirect is never followed (the signature names the target) and may be a
    maintenance page, so it counts as trouble that passes.
    """
    pause = read_retry_after(retry_after, now)
    match status:
        case _ if 200 <= status < 300:
            return Delivered()
        case 401:
            return Later("unauthorized")
        case 408:
            return Later("timeout")
        case 429 | 503:
            return Later("busy", pause)
        case 410:
            return Never("gone")
        case 501:
            return Never("not_supported")
        case _ if 300 <= status < 400:
            return Later("redirected")
        case _ if 400 <= status < 500:
            return Never("refused")
        case _:
            return Later("server_error", pause)


def read_retry_after(raw: str | None, now: datetime) -> timedelta | None:
    """Read seconds or an HTTP date; None where there is nothing usable. Bounded to six hours."""
    if raw is None:
        return None
    text = raw.strip()
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=int(text[:9]))
    else:
        at = read_http_date(text)
        if at is None:
            return None
        wait = at - now
    return min(wait, LONGEST_RETRY_AFTER) if wait > timedelta() else None


def delivery_wait(attempts: int, chance: float) -> timedelta:
    """How long a delivery waits after its ``attempts``-th failure.

    15 s, 16 s, 31 s, 96 s, 4.5 min, 11 min, … 14 h for the sixteenth.
    ``chance`` in [0, 1) adds up to a quarter, so that they do not march in step.
    """
    seconds = _FIRST_WAIT_S + (min(attempts, 16) - 1) ** 4
    return timedelta(seconds=seconds * (1 + _JITTER * chance))


def host_pause(failures: int, verdict: Later, chance: float) -> timedelta:
    """How long a host is left alone after its ``failures``-th failing visit in a row.

    Doubles from 15 s to an hour where nobody answers; where somebody does, a
    minute at most, because another delivery may well succeed. What the host
    asked for is granted.
    """
    longest = _LONGEST_ANSWERED_PAUSE_S if verdict.answered else _LONGEST_HOST_PAUSE_S
    seconds = min(_FIRST_WAIT_S * 2.0 ** min(failures - 1, 10), longest)
    own = timedelta(seconds=seconds * (1 + _JITTER * chance))
    return own if verdict.pause is None else max(own, verdict.pause)
