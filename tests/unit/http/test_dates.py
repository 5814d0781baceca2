"""Days as heads of what was said on them."""

from datetime import UTC, datetime, timedelta

import pytest

from fedinet.http.dates import day_name

NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(hours=11), "Today <small>19 November 2026</small>"),
        (timedelta(hours=13), "Yesterday <small>18 November 2026</small>"),
        (timedelta(days=2), "Tuesday <small>17 November 2026</small>"),
        (timedelta(days=-1), "Friday <small>20 November 2026</small>"),
    ],
)
def test_a_day_is_called_as_people_call_it(ago: timedelta, said: str) -> None:
    assert day_name(NOON - ago, now=NOON, text=str) == said
