"""What answers mean, and how long to wait."""

from datetime import UTC, datetime, timedelta

import pytest

from fedinet.outbox.backoff import (
    LONGEST_RETRY_AFTER,
    UNREACHABLE,
    Delivered,
    Later,
    Never,
    Verdict,
    delivery_wait,
    host_pause,
    judge,
    read_retry_after,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Delivered()),
        (202, Delivered()),
        (299, Delivered()),
        (100, Later("server_error")),
        (301, Later("redirected")),
        (308, Later("redirected")),
        (400, Never("refused")),
        (401, Later("unauthorized")),
        (403, Never("refused")),
        (404, Never("refused")),
        (408, Later("timeout")),
        (410, Never("gone")),
        (422, Never("refused")),
        (429, Later("busy", MINUTE)),
        (499, Never("refused")),
        (500, Later("server_error", MINUTE)),
        (501, Never("not_supported")),
        (503, Later("busy", MINUTE)),
        (599, Later("server_error", MINUTE)),
        (999, Later("server_error", MINUTE)),
    ],
)
def test_a_status_is_judged(status: int, verdict: Verdict) -> None:
    asked_for = "60" if isinstance(verdict, Later) and verdict.pause else None
    assert judge(status, asked_for, NOON) == verdict


@pytest.mark.parametrize(
    ("raw", "wait"),
    [
        pytest.param(None, None, id="absent"),
        pytest.param("", None, id="empty"),
        pytest.param(" 90 ", timedelta(seconds=90), id="seconds"),
        pytest.param("0", None, id="now"),
        pytest.param("-1", None, id="negative"),
        pytest.param("1.5", None, id="fraction"),
        pytest.param("٩", None, id="digits of another script"),
        pytest.param("9" * 500, LONGEST_RETRY_AFTER, id="for ever"),
        pytest.param("Fri, 01 May 2026 12:01:00 GMT", MINUTE, id="a date"),
        pytest.param("Fri, 01 May 2026 11:59:00 GMT", None, id="a date that has passed"),
        pytest.param("Fri, 01 May 9999 12:00:00 GMT", LONGEST_RETRY_AFTER, id="a date far away"),
        pytest.param("tomorrow", None, id="words"),
    ],
)
def test_retry_after_is_read_within_bounds(raw: str | None, wait: timedelta | None) -> None:
    assert read_retry_after(raw, NOON) == wait


def test_a_delivery_waits_longer_each_time_and_about_three_days_in_all() -> None:
    waits = [delivery_wait(attempt, 0.0) for attempt in range(1, 17)]

    assert waits[0] == timedelta(seconds=15)
    assert waits == sorted(waits)
    assert timedelta(days=2) < sum(waits, timedelta()) < timedelta(days=3)
    assert delivery_wait(10_000, 0.0) == waits[-1]


def test_a_silent_host_is_left_alone_for_up_to_an_hour() -> None:
    pauses = [host_pause(failures, UNREACHABLE, 0.0) for failures in range(1, 12)]

    assert pauses[:3] == [timedelta(seconds=15), timedelta(seconds=30), timedelta(seconds=60)]
    assert pauses[-1] == timedelta(hours=1)
    assert host_pause(10_000_000, UNREACHABLE, 0.0) == timedelta(hours=1)


def test_a_host_that_answers_badly_is_asked_again_within_a_minute() -> None:
    assert host_pause(50, Later("server_error"), 0.0) == MINUTE


def test_what_the_host_asks_for_is_granted_where_it_is_longer() -> None:
    assert host_pause(1, Later("busy", 10 * MINUTE), 0.0) == 10 * MINUTE
    assert host_pause(50, Later("busy", timedelta(seconds=1)), 0.0) == MINUTE


def test_chance_adds_up_to_a_quarter() -> None:
    assert delivery_wait(1, 0.999) < timedelta(seconds=18.75)
    assert host_pause(1, UNREACHABLE, 0.999) < timedelta(seconds=18.75)
    assert host_pause(1, UNREACHABLE, 0.5) > host_pause(1, UNREACHABLE, 0.0)
