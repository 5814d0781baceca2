"""The frame of every loop: work while there is work, then wait for a notice or a tick.

This is the one place of loops that catches everything: one that died would
stop the node without a sound.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from fedinet.kernel.errors import Overloaded

logger = logging.getLogger(__name__)

TICK_S = 1.0
"""How often a loop looks without having been told. Notices are a courtesy."""
_LONGEST_REST_S = 30.0


async def keep_going(
    step: Callable[[], Awaitable[int]],
    stop: asyncio.Event,
    *,
    name: str,
    wake: asyncio.Event | None = None,
    tick_s: float = TICK_S,
) -> None:
    """Call ``step`` until ``stop``; it returns how much it did, and 0 lets the loop rest.

    A step that raises is tried again after a rest that doubles from one tick
    to half a minute. ``Overloaded`` (a dead or full database) is a warning,
    anything else an error with its traceback.
    """
    wake = wake or asyncio.Event()
    stopping = asyncio.create_task(stop.wait())
    stopping.add_done_callback(lambda _: wake.set())
    failures = 0
    try:
        while not stop.is_set():
            wake.clear()
            try:
                done = await step()
                failures = 0
            except Overloaded as error:
                failures += 1
                logger.warning("%s.waiting reason=%s", name, error)
            except Exception:
                failures += 1
                logger.exception("%s.failed failures=%d", name, failures)
            else:
                if done == 0:
                    await _wait(wake, tick_s)
                continue
            await _wait(stop, min(_LONGEST_REST_S, tick_s * 2 ** min(failures - 1, 8)))
    finally:
        stopping.cancel()


async def every(
    seconds: float, do: Callable[[], Awaitable[object]], stop: asyncio.Event, *, name: str
) -> None:
    """Do something at start and then so often, until ``stop``: what is tidied up by the clock."""

    async def step() -> int:
        await do()
        await rest(stop, None, seconds)
        return 1

    await keep_going(step, stop, name=name)


async def rest(stop: asyncio.Event, wake: asyncio.Event | None, seconds: float) -> None:
    """Wait until one of the events is set, at most so long."""
    if wake is None:
        await _wait(stop, seconds)
        return
    waits = [asyncio.ensure_future(event.wait()) for event in (stop, wake)]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*waits)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
