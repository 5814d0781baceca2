"""What invitations brought about; ids only."""

from dataclasses import dataclass

from fedinet.kernel.ids import ActorId
from fedinet.queue.signals import signal


@signal
@dataclass(frozen=True, slots=True)
class MemberJoined:
    """Somebody has an account by an invitation."""

    actor_id: ActorId
