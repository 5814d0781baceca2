"""How much one cause may make us fetch: one activity never leads to a thousand requests.

And how much one owner of names may, whatever the causes: ten thousand
sub-domains are one registrable domain.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Final

from fedinet.kernel.errors import FedinetError, Malformed, RemoteUnavailable
from fedinet.kernel.problems import N_
from fedinet.kernel.uris import origin_of
from fedinet.net.domains import registrable

BURST: Final = 300
REFILL_PER_S: Final = 1.0
_REMEMBERED: Final = 20_000


class BudgetSpent(FedinetError):
    """The cause has used up its requests. What is missing is missing for good."""


class Paced(RemoteUnavailable):
    """One registrable domain was asked as much as it may be for now. Later it may again."""

    status = 503
    public = N_("We have asked that server a lot just now. Try again in a few minutes")


class Pace:
    """What each registrable domain may still cost us: a bucket of requests. One per process."""

    def __init__(
        self,
        burst: int = BURST,
        refill_per_s: float = REFILL_PER_S,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._burst = burst
        self._refill_per_s = refill_per_s
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, domain: str) -> None:
        """Take one request.

        Raises:
            Paced: there is none left just now.
        """
        now = self._clock()
        left, at = self._left.get(domain, (float(self._burst), now))
        left = min(float(self._burst), left + (now - at) * self._refill_per_s)
        if left < 1:
            raise Paced(f"{domain} was asked too much lately")
        self._left[domain] = (left - 1, now)
        self._left.move_to_end(domain)
        if len(self._left) > _REMEMBERED:
            self._left.popitem(last=False)


class Budget:
    """Counts requests down. One per activity, search or page; not shared.

    ``per_domain``: how many of them may go to one registrable domain.
    """

    def __init__(
        self, requests: int, *, per_domain: int | None = None, pace: Pace | None = None
    ) -> None:
        self.left = requests
        self._per_domain = requests if per_domain is None else per_domain
        self._asked: Counter[str] = Counter()
        self._pace = pace

    def spend(self, what: str) -> None:
        """Take one request, for this URL or handle.

        Raises:
            BudgetSpent: there is none left, or none for its domain.
            Paced: its domain has to be left alone for a while.
        """
        if self.left <= 0:
            raise BudgetSpent(f"no request left for {what}")
        domain = owner_of(what)
        if self._asked[domain] >= self._per_domain:
            raise BudgetSpent(f"no request left at {domain} for {what}")
        if self._pace is not None:
            self._pace.take(domain)
        self._asked[domain] += 1
        self.left -= 1


def owner_of(what: str) -> str:
    """The registrable domain behind a URL; what is none stands for itself."""
    try:
        return registrable(origin_of(what).domain)
    except Malformed:
        return what
