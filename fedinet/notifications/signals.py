"""Facts about what members keep back, told to the effects after commit."""

from dataclasses import dataclass

from fedinet.kernel.ids import ActorId
from fedinet.queue.signals import signal


@signal
@dataclass(frozen=True, slots=True)
class LetThrough:
    """What was kept back of somebody stands in the list: a member's apps read it again."""

    owner_id: ActorId
