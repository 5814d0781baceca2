"""Looking once a minute whose mail may be due."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from fedinet.digests.jobs import promise_letters
from fedinet.digests.readers import Desk
from fedinet.queue.loop import every

_INTERVAL_S: Final = 60.0


async def keep_writing(desk: Desk, stop: asyncio.Event) -> None:
    """Safe beside other processes that do the same."""
    await every(
        _INTERVAL_S, lambda: promise_letters(desk, datetime.now(UTC)), stop, name="digests.upkeep"
    )
