"""How far our clock is from those of other servers: a wrong one makes them refuse all we send.

A machine that is alone cannot tell by itself. Every answer to a delivery says when it was given
(RFC 9110, section 6.6.1), so it costs nothing to listen.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median_low
from typing import Final

from fedinet.kernel.ids import Domain
from fedinet.net.domains import registrable
from fedinet.signing.dates import read_http_date

FEWEST: Final = 3
"""Servers. Of one or two, nobody knows whose clock is wrong."""
_MOST: Final = 50
_HOLDS_S: Final = 6 * 3600.0
_STEP_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Apart:
    """``seconds``: how much later it is here than there, by the median of so many servers."""

    seconds: int
    servers: int


class PeerClocks:
    """What the latest fifty servers said. One per process."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._ticks = ticks
        self._begun = clock() - ticks()
        self._said: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By who owns the name: sub-domains are free, and one owner is one voice."""

    def note(self, host: Domain, date: str | None) -> None:
        """Remember the ``Date`` of an answer that came just now; what is no date is let pass."""
        theirs = None if date is None else read_http_date(date)
        if theirs is None:
            return
        self._forget_after_step()
        owner = registrable(host)
        self._said[owner] = (self._clock() - theirs.timestamp(), self._ticks())
        self._said.move_to_end(owner)
        if len(self._said) > _MOST:
            self._said.popitem(last=False)

    def apart(self) -> Apart | None:
        """The median of what was said in the last hours; None: too few said anything."""
        self._forget_after_step()
        since = self._ticks() - _HOLDS_S
        said = [apart for apart, at in self._said.values() if at > since]
        return Apart(round(median_low(said)), len(said)) if len(said) >= FEWEST else None

    def _forget_after_step(self) -> None:
        """Start anew once our clock was set, or the machine has slept: what was said is void."""
        begun = self._clock() - self._ticks()
        if abs(begun - self._begun) > _STEP_S:
            self._said.clear()
        self._begun = begun
