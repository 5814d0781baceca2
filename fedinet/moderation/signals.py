"""Facts that other slices hear about. Ids only."""

from dataclasses import dataclass

from fedinet.queue.signals import signal


@signal
@dataclass(frozen=True, slots=True)
class MemberActedOn:
    """Stewards did something to a member's account."""

    act_id: int
