"""Facts about filters, told to the effects after commit."""

from dataclasses import dataclass

from fedinet.kernel.ids import ActorId
from fedinet.queue.signals import signal


@signal
@dataclass(frozen=True, slots=True)
class FiltersChanged:
    """A member's apps read their filters again."""

    owner_id: ActorId
