"""Facts about quotes, told to the effects after commit."""

from dataclasses import dataclass

from fedinet.kernel.ids import PostId
from fedinet.queue.signals import signal


@signal
@dataclass(frozen=True, slots=True)
class QuoteAccepted:
    """A post quotes another, by leave of its author. ``post_id`` is the one that quotes."""

    post_id: PostId
    is_silent: bool = False
