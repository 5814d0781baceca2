"""The frame of the worker loops: never dies, never spins, stops when told."""

import asyncio
import logging

import pytest

from fedinet.kernel.errors import Overloaded
from fedinet.queue.loop import keep_going, rest


async def test_a_loop_works_without_rest_while_there_is_work() -> None:
    stop, left = asyncio.Event(), [3, 2, 1]

    async def step() -> int:
        if not left:
            stop.set()
            return 0
        return left.pop()

    await within(keep_going(step, stop, name="test", tick_s=60))
    assert left == []


async def test_a_notice_ends_the_rest() -> None:
    stop, wake, calls = asyncio.Event(), asyncio.Event(), 0

    async def step() -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            stop.set()
        else:
            asyncio.get_running_loop().call_soon(wake.set)
        return 0

    await within(keep_going(step, stop, name="test", wake=wake, tick_s=60))
    assert calls == 2


async def test_a_notice_that_comes_during_a_step_is_not_lost() -> None:
    stop, wake, calls = asyncio.Event(), asyncio.Event(), 0

    async def step() -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            wake.set()
        else:
            stop.set()
        return 0

    await within(keep_going(step, stop, name="test", wake=wake, tick_s=60))
    assert calls == 2


async def test_a_bug_is_logged_as_an_error_and_the_loop_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    await within(failing_once(ValueError("a bug")))
    [record] = caplog.records
    assert record.levelno == logging.ERROR and record.exc_info is not None


async def test_a_dead_database_is_a_warning_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    await within(failing_once(Overloaded("no database")))
    [record] = caplog.records
    assert record.levelno == logging.WARNING and record.exc_info is None


async def test_stopping_ends_a_rest_at_once() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().call_soon(stop.set)
    await within(rest(stop, None, 60))


async def failing_once(error: Exception) -> None:
    stop, calls = asyncio.Event(), 0

    async def step() -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise error
        stop.set()
        return 0

    await keep_going(step, stop, name="test", tick_s=0.001)
    assert calls == 2


async def within(work: object) -> None:
    async with asyncio.timeout(10):
        await work  # type: ignore[misc]
