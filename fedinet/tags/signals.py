"""What happened to followed hashtags; ids only."""

from dataclasses import dataclass

from fedinet.kernel.ids import ActorId
from fedinet.queue.signals import signal


@signal
@dataclass(frozen=True, slots=True)
class TagUnfollowed:
    """What stood in a home for this hashtag alone has to go."""

    owner_id: ActorId
    tag: str
