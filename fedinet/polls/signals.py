"""What happened to polls; ids only."""

from dataclasses import dataclass

from fedinet.kernel.ids import PostId
from fedinet.queue.signals import signal


@signal
@dataclass(frozen=True, slots=True)
class PollEnded:
    """Nobody can vote any more; who asked and who voted here want to know."""

    post_id: PostId
