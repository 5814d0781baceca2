"""Under which rubric a notification comes. Pure."""

from typing import Final

from fedinet.audiences.model import Visibility
from fedinet.digests.model import Rubric
from fedinet.notifications.model import OF_MATTERS, Kind

TALK: Final = (Kind.MENTION, Kind.REPLY, Kind.QUOTE, Kind.WELCOME)
"""Somebody wrote something in which the member is spoken to or of, or is asked to answer."""


def rubric_of(kind: Kind, visibility: Visibility | None) -> Rubric | None:
    """``visibility``: of the post that it is about. None: it never comes by mail."""
    if kind in (Kind.FOLLOW_REQUEST, Kind.WELCOME) or kind in OF_MATTERS:
        return Rubric.WAITING
    if kind not in TALK:
        return None
    return Rubric.WAITING if visibility is Visibility.MENTIONED else Rubric.MENTIONS
