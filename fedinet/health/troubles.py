"""What may be wrong with the machine, and from where on it is. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

_FILLS_BELOW: Final = 3
"""Times what is to stay free."""
_WRONG_CLOCK_S: Final = 60
"""Other servers let pass somewhat more; the date of what is signed has to be near theirs."""


class Trouble(StrEnum):
    """What a worker looks at each minute, and remembers since when it is so."""

    DISK_FULL = "disk_full"
    DISK_FILLS = "disk_fills"
    """So is a full one."""
    FILES = "files"
    """The files of members cannot be stored."""
    CLOCK = "clock"


def look(
    *, free_bytes: int, min_free_bytes: int, keeps_files: bool, apart_s: int | None
) -> Mapping[Trouble, bool]:
    """Tell what is wrong. ``apart_s``: how far our clock is ahead; None: nobody can tell."""
    found = {
        Trouble.DISK_FULL: free_bytes < min_free_bytes,
        Trouble.DISK_FILLS: free_bytes < _FILLS_BELOW * min_free_bytes,
        Trouble.FILES: not keeps_files,
    }
    return found if apart_s is None else found | {Trouble.CLOCK: abs(apart_s) > _WRONG_CLOCK_S}
