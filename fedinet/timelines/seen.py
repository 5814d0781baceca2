"""How far a member has read their home, as their browser remembers it. Pure.

A cookie, and no row: it is looked at to draw one line in a list. What it says counts for whom it
was given to alone, and nothing is opened by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from fedinet.kernel.ids import AccountId

NEW_VISIT_AFTER: Final = timedelta(minutes=30)
"""Who was away for so long comes anew; before, a reload moves no line."""
KEPT_S: Final = 90 * 24 * 3600
_MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Seen:
    """``upto``: the newest item of the visit before, 0 for none, and ``since`` when that ended.

    ``newest`` and ``last``: the same of this visit, so far. Moments in seconds.
    """

    account_id: AccountId
    upto: int
    since: int
    newest: int
    last: int

    @property
    def since_at(self) -> datetime:
        return datetime.fromtimestamp(self.since, UTC)

    def __str__(self) -> str:
        return f"{self.account_id}.{self.upto}.{self.since}.{self.newest}.{self.last}"


def read_seen(raw: str | None, account_id: AccountId) -> Seen | None:
    """Read a cookie; None for one that is not of this member, or nonsense."""
    parts = (raw or "").split(".")
    if len(parts) != 5 or not all(p.isascii() and p.isdigit() for p in parts):
        return None
    if max(map(len, parts)) > _MOST_DIGITS:
        return None
    owner, upto, since, newest, last = map(int, parts)
    if owner != account_id or max(since, last) > 253402300799:  # the last moment there is
        return None
    return Seen(account_id, upto, since, newest, last)


def look(before: Seen | None, account_id: AccountId, ids: Sequence[int], now: datetime) -> Seen:
    """What is to be remembered once these items were shown as the beginning of the home."""
    newest, moment = max(ids, default=0), int(now.timestamp())
    if before is None:
        return Seen(account_id, 0, 0, newest, moment)
    if moment - before.last > NEW_VISIT_AFTER.total_seconds():
        before = replace(before, upto=before.newest, since=before.last)
    return replace(before, newest=max(before.newest, newest), last=moment)
