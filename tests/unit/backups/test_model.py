"""Backups: when they are due, and which stay."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from fedinet.backups import model
from fedinet.backups.model import Standing, file_name, is_backup_due, is_drill_due, to_thin

NOW = datetime(2026, 6, 10, 12, 0, tzinfo=timezone(timedelta(hours=2)))
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def standing(**given: datetime | str | None) -> Standing:
    nothing = dict.fromkeys(Standing.__slots__) | {"verify_failed_file": ""}
    return Standing(**(nothing | given))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("given", "now", "due"),
    [
        pytest.param({}, NOW, False, id="not set up"),
        pytest.param({"set_up_at": NOW - HOUR}, NOW, False, id="the first night has not come"),
        pytest.param({"set_up_at": NOW - DAY}, NOW, True, id="the first night has passed"),
        pytest.param({"made_at": NOW - 8 * HOUR}, NOW, False, id="made this night"),
        pytest.param({"made_at": NOW - 20 * HOUR}, NOW, True, id="it was off this night"),
        pytest.param(
            {"made_at": NOW - DAY, "make_failed_at": NOW - HOUR / 2}, NOW, False, id="just failed"
        ),
        pytest.param(
            {"made_at": NOW - DAY, "make_failed_at": NOW - HOUR}, NOW, True, id="failed an hour ago"
        ),
        pytest.param(
            {"made_at": NOW + 90 * DAY}, NOW, False, id="the clock was set back this night"
        ),
        pytest.param(
            {"made_at": NOW - DAY, "make_failed_at": NOW + DAY},
            NOW,
            True,
            id="failed in the future",
        ),
    ],
)
def test_a_backup_is_due_once_a_night(
    given: dict[str, datetime], now: datetime, *, due: bool
) -> None:
    found = standing(**({"set_up_at": NOW - 100 * DAY} if "made_at" in given else {}) | given)
    assert is_backup_due(found, now, hour=3, minute=20) is due


@pytest.mark.parametrize(
    ("given", "due"),
    [
        pytest.param({}, False, id="nothing to read"),
        pytest.param({"oldest_at": NOW - HOUR / 2}, False, id="the first was just made"),
        pytest.param({"oldest_at": NOW - DAY}, True, id="never read back"),
        pytest.param({"oldest_at": NOW - DAY, "verified_at": NOW - 6 * DAY}, False, id="this week"),
        pytest.param({"oldest_at": NOW - DAY, "verified_at": NOW - 7 * DAY}, True, id="last week"),
        pytest.param({"oldest_at": NOW - DAY, "verify_failed_at": NOW - HOUR}, False, id="failed"),
    ],
)
def test_one_is_read_back_each_week(given: dict[str, datetime], *, due: bool) -> None:
    assert is_drill_due(standing(**given), NOW) is due


def test_days_then_weeks_stay_and_the_newest_always() -> None:
    made = [NOW - n * DAY for n in range(60)] + [NOW - n * HOUR for n in range(1, 30)]
    names = {file_name("home.example:8000", at): at for at in made}
    gone = set(to_thin(names, "home.example:8000", NOW, days=35))
    ages = sorted((NOW - at for name, at in names.items() if name not in gone))
    assert ages[:25] == [n * HOUR for n in range(25)], "all of the last day"
    assert max(ages) <= 35 * DAY and 4 <= sum(age > 7 * DAY for age in ages) <= 6
    assert sum(DAY < age <= 7 * DAY for age in ages) == 7, "one each day"
    assert set(to_thin(set(names) - gone, "home.example:8000", NOW, days=35)) == set()
    old = file_name("home.example", NOW - 900 * DAY)
    assert to_thin([old], "home.example", NOW, days=35) == []


def test_files_of_others_are_not_touched() -> None:
    others = ["notes.txt", "x-20200101T000000Z.fedinet", "home.example-20209901T000000Z.fedinet"]
    others += ["home.example-20200101T000000Z.fedinet.gpg", "home.example-x-20200101T000000Z"]
    mine = file_name("home.example", NOW.astimezone(UTC))
    assert to_thin([*others, mine], "home.example", NOW, days=1) == []
    assert model.newest([*others, mine], "home.example") == mine


@pytest.mark.parametrize(
    ("given", "failed"),
    [
        ({}, False),
        ({"verified_at": NOW}, False),
        ({"verify_failed_at": NOW}, True),
        ({"verified_at": NOW - HOUR, "verify_failed_at": NOW}, True),
        ({"verified_at": NOW, "verify_failed_at": NOW - HOUR}, False),
    ],
)
def test_the_last_reading_counts(given: dict[str, datetime], failed: bool) -> None:
    assert standing(**given).reading_failed is failed
