"""When an account has moved, and where to. Pure.

Source: Mastodon 4.2-4.7 ``activitypub/activity/move.rb``; FEP-7628.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from fedinet.kernel.ids import ActorUri

REST: Final = timedelta(days=7)
"""Between two moves of one account: whoever moves in circles moves slowly."""
MAX_ALIASES: Final = 10


@dataclass(frozen=True, slots=True)
class Destination:
    """The account somebody moves to, as its own server shows it now."""

    uri: ActorUri
    also_known_as: Collection[str]
    moved_to: str | None


@dataclass(frozen=True, slots=True)
class LastMove:
    """A row of ``moves``."""

    target_uri: str
    moved_at: datetime

    def rests_until(self, now: datetime) -> datetime | None:
        """From when on it may move to yet another account; None: at once."""
        end = self.moved_at + REST
        return end if now < end else None


@dataclass(frozen=True, slots=True)
class MoveRefused:
    """``reason`` is a stable word."""

    reason: str


def decide_move(
    mover: ActorUri, to: Destination, *, last: LastMove | None, now: datetime
) -> MoveRefused | None:
    """Say why a move does not hold; None where it does.

    Both sides have to want it: the mover says it moves, and the destination
    names the mover among its aliases.
    """
    if to.uri == mover:
        return MoveRefused("malformed")
    if last is not None and now - last.moved_at < REST:
        return MoveRefused("no_change" if last.target_uri == to.uri else "moved_lately")
    if mover not in to.also_known_as:
        return MoveRefused("not_listed_back")
    if to.moved_to is not None:
        return MoveRefused("target_moved")
    return None
