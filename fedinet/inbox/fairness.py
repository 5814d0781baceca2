"""Sharing out what there is too little of. Pure."""

from collections.abc import Iterable


def fair_share(sizes: Iterable[int], most: int) -> int:
    """Say how much each may keep so that all keep ``most`` together: who has little keeps it all.

    At least 1, also where there are more of them than that.
    """
    ordered = sorted(sizes)
    left = most
    for place, size in enumerate(ordered):
        share = left // (len(ordered) - place)
        if size > share:
            return max(1, share)
        left -= size
    return max(ordered, default=1)
