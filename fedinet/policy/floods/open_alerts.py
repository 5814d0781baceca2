"""What is going on now, as one process knows it: never older than a second."""

from collections.abc import Callable
from time import monotonic
from typing import Final, TypeAlias

from fedinet.db.query import Pool
from fedinet.kernel.ids import Domain
from fedinet.net.domains import registrable
from fedinet.policy.floods.alerts_store import list_open_alerts
from fedinet.policy.model import AlertKind

AlertsOf: TypeAlias = Callable[[Domain], frozenset[AlertKind]]
"""Which alerts concern a server: those for everybody, and those of its domain."""

_FRESH_S: Final = 1.0
_NONE: Final = frozenset[AlertKind]()


class OpenAlerts:
    """One per process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._by_subject: dict[str, frozenset[AlertKind]] = {}
        self._read_at = float("-inf")

    def forget(self, payload: str) -> None:  # noqa: ARG002  # what is open is read, not told
        """Look again before the next decision. Takes the payload of ``POLICY_CHANNEL``."""
        self._read_at = float("-inf")

    async def now(self) -> AlertsOf:
        """Give what concerns each server."""
        began = monotonic()
        if began - self._read_at > _FRESH_S:
            found: dict[str, frozenset[AlertKind]] = {}
            async with self._pool.acquire() as conn:
                for alert in await list_open_alerts(conn):
                    found[alert.subject] = found.get(alert.subject, _NONE) | {alert.kind}
            self._by_subject, self._read_at = found, began
        return self._of

    def _of(self, domain: Domain) -> frozenset[AlertKind]:
        known = self._by_subject
        if not known:
            return _NONE
        return known.get("", _NONE) | known.get(registrable(domain), _NONE)
