"""Noticing floods as they come: one statement for a batch in which there is something to count."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.policy.floods.detectors import BUCKET, Sighting, new_server, sightings_of
from fedinet.policy.floods.sightings_store import see
from fedinet.policy.model import Envelope

_SERVERS_KEPT: Final = 20_000


class Watch:
    """One per process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._looked_at: OrderedDict[str, datetime] = OrderedDict()

    async def saw(self, cases: Sequence[tuple[Envelope, str]]) -> None:
        """Count what may be part of a flood. Each activity with the origin of its sender."""
        seen: list[tuple[Sighting, str]] = []
        for envelope, origin in cases:
            seen += [(one, origin) for one in sightings_of(envelope)]
            if self._is_to_be_looked_at(origin, envelope.now):
                seen.append((new_server(envelope.domain), origin))
        if seen:
            async with transaction(self._pool) as tx:
                await see(tx, seen, cases[-1][0].now)

    def _is_to_be_looked_at(self, origin: str, now: datetime) -> bool:
        """Tell whether a server was not counted yet in this stretch of ten minutes."""
        before = self._looked_at.get(origin)
        if before is not None and now - before < BUCKET:
            return False
        self._looked_at[origin] = now
        self._looked_at.move_to_end(origin)
        if len(self._looked_at) > _SERVERS_KEPT:
            self._looked_at.popitem(last=False)
        return True
