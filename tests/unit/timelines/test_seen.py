"""How far a home was read: what a browser remembers, and what it may not make of it."""

from datetime import UTC, datetime, timedelta

import pytest

from fedinet.kernel.ids import AccountId
from fedinet.timelines.seen import look, read_seen

ADA, BO = AccountId(7), AccountId(8)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_what_was_new_stays_new_until_somebody_was_away() -> None:
    first = look(None, ADA, [10, 9], NOON)
    assert first.upto == 0  # nobody knows what they had read
    again = look(first, ADA, [12, 10], NOON + timedelta(minutes=29))
    assert again.upto == 0
    evening = look(read_seen(str(again), ADA), ADA, [15, 12], NOON + timedelta(hours=6))
    assert (evening.upto, evening.since_at) == (12, NOON + timedelta(minutes=29))
    reloaded = look(evening, ADA, [16, 15], NOON + timedelta(hours=6, minutes=5))
    assert (reloaded.upto, reloaded.newest) == (12, 16)
    assert look(reloaded, ADA, [], NOON + timedelta(hours=9)).upto == 16


@pytest.mark.parametrize(
    "raw",
    [
        *("", "x", "7.1.2.3", "7.1.2.3.4.5", "7.-1.2.3.4", "7.1.2.3.٣", f"7.1.2.3.{'9' * 19}"),
        *("8.1.2.3.4", "7.1.999999999999.3.4"),
    ],
)
def test_nonsense_and_the_cookie_of_another_are_nothing(raw: str) -> None:
    assert read_seen(raw, ADA) is None
    assert read_seen(None, ADA) is None


def test_a_browser_says_it_to_whom_it_was_told() -> None:
    seen = look(None, ADA, [1], NOON)
    assert read_seen(str(seen), ADA) == seen
    assert read_seen(str(seen), BO) is None
