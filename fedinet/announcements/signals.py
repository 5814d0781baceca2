"""Facts about announcements, told to the effects after commit."""

from dataclasses import dataclass

from fedinet.queue.signals import signal


@signal
@dataclass(frozen=True, slots=True)
class AnnouncementChanged:
    """It is shown, says something else, or is shown no more: what holds now is in the row."""

    announcement_id: int


@signal
@dataclass(frozen=True, slots=True)
class AnnouncementReacted:
    """Somebody left this emoji under it, or took it back."""

    announcement_id: int
    name: str
