"""What became of scheduled posts; ids only."""

from dataclasses import dataclass

from fedinet.queue.signals import signal


@signal
@dataclass(frozen=True, slots=True)
class NotPublished:
    """A post was due and could not be published; its author wants to know."""

    scheduled_id: int
