"""What people show first on their page: some of their posts, some hashtags. Pure."""

from typing import Final

from fedinet.audiences.model import Visibility

MAX_PINS: Final = 5
MAX_TAGS: Final = 10
MAX_FOREIGN: Final = 10
"""Kept of somebody elsewhere, the newest."""

_PUBLIC: Final = frozenset({Visibility.EVERYONE, Visibility.QUIET})


def may_pin(visibility: Visibility) -> bool:
    """What stands first on a page that everybody can open is for everybody."""
    return visibility in _PUBLIC
