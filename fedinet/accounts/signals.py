"""What members changed about themselves; ids only."""

from dataclasses import dataclass

from fedinet.kernel.ids import ActorId
from fedinet.queue.signals import signal


@signal
@dataclass(frozen=True, slots=True)
class ApprovalLifted:
    """Whoever asks to follow this member needs no yes any more."""

    actor_id: ActorId
