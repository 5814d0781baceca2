"""What became of appeals; ids only."""

from dataclasses import dataclass

from fedinet.queue.signals import signal


@signal
@dataclass(frozen=True, slots=True)
class AppealAnswered:
    """A steward has written to who appealed, or settled it."""

    appeal_id: int
