"""What one owner of names may cost us in requests, whatever makes us ask: sub-domains are free.

A big server is a few hosts that are asked often; a bomb of sub-domains is many
hosts that are each asked once. So both are bounded: requests, and hosts that
were never asked before.
"""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Final

from fedinet.kernel.ids import Domain
from fedinet.net.budget import Pace
from fedinet.net.domains import registrable

REQUESTS_AT_ONCE: Final = 600
REQUESTS_PER_S: Final = 2.0
HOSTS_AT_ONCE: Final = 50
HOSTS_PER_HOUR: Final = 100
_REMEMBERED: Final = 20_000


class DomainPace:
    """Buckets of one kind of request. One per process and kind."""

    def __init__(self, *, clock: Callable[[], float] = monotonic) -> None:
        self._requests = Pace(REQUESTS_AT_ONCE, REQUESTS_PER_S, clock=clock)
        self._hosts = Pace(HOSTS_AT_ONCE, HOSTS_PER_HOUR / 3600, clock=clock)
        self._asked: OrderedDict[Domain, None] = OrderedDict()

    def take(self, host: Domain) -> None:
        """Take one request to this host.

        Raises:
            Paced: its registrable domain has to be left alone for a while.
        """
        owner = registrable(host)
        if host not in self._asked:
            self._hosts.take(owner)
        self._requests.take(owner)
        self._asked[host] = None
        self._asked.move_to_end(host)
        if len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)
