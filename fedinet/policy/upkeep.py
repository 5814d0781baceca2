"""What time does to rules and their counts: what has run out is ended, within half a minute."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.policy.commands import end_expired
from fedinet.policy.rates.store import prune_rates
from fedinet.queue.loop import every

logger = logging.getLogger(__name__)

INTERVAL_S: Final = 20.0


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def end_rules(
    pool: Pool,
    stop: asyncio.Event,
    *,
    clock: Callable[[], datetime] = _utc_now,
    interval_s: float = INTERVAL_S,
) -> None:
    """Look every 20 seconds, until ``stop``. The engine has let rules rest from their very end."""

    async def end() -> None:
        async with transaction(pool) as tx:
            now = clock()
            ended = await end_expired(tx, now)
            await prune_rates(tx, now)
        if ended:
            logger.info("policy.expired rules=%d", ended)

    await every(interval_s, end, stop, name="policy.upkeep")
