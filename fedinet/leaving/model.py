"""Leaving: when an account ends, and what its owner may still do until then. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from fedinet.kernel.ids import ActorId

GRACE: Final = timedelta(days=7)
"""How long somebody who asked to leave can stay after all."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A row of ``departures``."""

    actor_id: ActorId
    asked_at: datetime
    due_at: datetime

    def is_due(self, now: datetime) -> bool:
        return now >= self.due_at
