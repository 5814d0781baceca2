"""Weeks begin on Monday in UTC, whatever clock the question was asked by."""

from datetime import UTC, datetime, timedelta, timezone
from typing import cast

import pytest

from fedinet.db.query import Pool
from fedinet.discovery.api import Counts
from fedinet.discovery.weeks import last_weeks

_MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(_MONDAY, id="as it begins"),
        pytest.param(_MONDAY + timedelta(days=6, hours=23), id="as it ends"),
        pytest.param(
            datetime(2026, 11, 22, 23, tzinfo=timezone(timedelta(hours=-3))), id="elsewhere"
        ),
    ],
)
def test_this_week_comes_first(now: datetime) -> None:
    weeks = last_weeks(now)
    assert weeks[0] == _MONDAY and weeks[-1] == _MONDAY - timedelta(weeks=11)


class Database:
    """Fails once, then counts."""

    def __init__(self) -> None:
        self.asked = 0

    async def fetch(self, *_: object) -> list[dict[str, int]]:
        self.asked += 1
        if self.asked == 1:
            raise OSError
        return [{"posts": 1, "people": 1, "joined": 0}] * 12


async def test_nothing_is_not_taken_for_the_numbers_when_counting_failed() -> None:
    counts, database, now = Counts(), Database(), datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
    with pytest.raises(OSError):
        await counts.weeks(cast(Pool, database), now)
    assert len(await counts.weeks(cast(Pool, database), now)) == 12
    assert len(await counts.weeks(cast(Pool, database), now)) == 12
    assert database.asked == 2
