"""A page of a list that is walked by key. Pure.

Source: https://docs.joinmastodon.org/api/guidelines/#pagination
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which stretch of a list, newest first, is wanted.

    ``max_id``: only older than this. ``since_id``: only newer, the newest of
    them. ``min_id``: only newer, those nearest to it.
    """

    limit: int = 20
    max_id: int | None = None
    since_id: int | None = None
    min_id: int | None = None

    @property
    def newer_than(self) -> int | None:
        """The lower bound, whichever of the two names it has."""
        return self.min_id if self.min_id is not None else self.since_id

    @property
    def is_ascending(self) -> bool:
        """Read ``ORDER BY id ASC``: with ``min_id`` the page is nearest to the bound."""
        return self.min_id is not None

    def newest_first(self, rows: Sequence[Item]) -> list[Item]:
        """Bring rows read in the order of ``is_ascending`` into the order of the list."""
        return list(reversed(rows)) if self.is_ascending else list(rows)


FIRST_PAGE = Page()
