"""Weeks begin on Monday in UTC, whatever clock the question was asked by."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

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
