"""What happened to the policy that stewards are told of; ids only."""

from dataclasses import dataclass

from fedinet.queue.signals import signal


@signal
@dataclass(frozen=True, slots=True)
class AlertRaised:
    """Something looks like a flood: ``alerts_store.find_alert`` says what."""

    alert_id: int
