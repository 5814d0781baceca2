"""Facts that other slices hear about. Ids only."""

from dataclasses import dataclass

from fedinet.queue.signals import signal


@signal
@dataclass(frozen=True, slots=True)
class MatterRaised:
    """Something new waits for the stewards."""

    matter_id: int
