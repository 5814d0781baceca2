"""Limits hold exactly, across connections and around the turn of a window."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from fedinet.db.query import Pool
from fedinet.http.limits import Limit, count_attempt, forgive_attempt
from fedinet.http.upkeep import sweep_once
from fedinet.kernel.errors import TooManyRequests

FIVE = Limit("test", 5, timedelta(minutes=10))
START = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def test_no_more_than_the_limit_pass_however_many_come_at_once(pool: Pool) -> None:
    results = await asyncio.gather(
        *(count_attempt(pool, FIVE, "a", now=START) for _ in range(20)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, TooManyRequests)]
    assert (len(results) - len(refused), len(refused)) == (5, 15)
    await count_attempt(pool, FIVE, "b", now=START)


async def test_who_waits_as_long_as_they_were_told_gets_in(pool: Pool) -> None:
    for tries in (6, 7, 30):
        who = f"after {tries}"
        for _ in range(5):
            await count_attempt(pool, FIVE, who, now=START)
        for _ in range(5, tries):
            with pytest.raises(TooManyRequests) as refused:
                await count_attempt(pool, FIVE, who, now=START)
        told = timedelta(seconds=refused.value.retry_after_s)
        assert told > FIVE.window
        await count_attempt(pool, FIVE, who, now=START + told)


async def test_the_turn_of_a_window_does_not_double_the_limit(pool: Pool) -> None:
    end = START + timedelta(minutes=9, seconds=59)
    for _ in range(5):
        await count_attempt(pool, FIVE, "a", now=end)
    with pytest.raises(TooManyRequests) as refused:
        await count_attempt(pool, FIVE, "a", now=end + timedelta(seconds=2))
    assert refused.value.retry_after_s < 5 * 60, "one of the five is out of reach"
    await count_attempt(pool, FIVE, "c", now=end + timedelta(minutes=20))


async def test_what_is_forgiven_can_be_used_again_and_old_counts_go(pool: Pool) -> None:
    for _ in range(8):
        await count_attempt(pool, FIVE, "a", now=START)
        await forgive_attempt(pool, FIVE, "a", now=START)
    await sweep_once(pool, START + timedelta(days=3), ip_days=30)
    assert await pool.fetchval("SELECT count(*) FROM attempts") == 0
