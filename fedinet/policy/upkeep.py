"""What time does to rules and their counts: what has run out is ended, within half a minute."""

import asyncio
import logging
from datetime import UTC, datetime

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.policy.commands import end_expired
from fedinet.policy.rate_store import prune_rates
from fedinet.queue.loop import every

logger = logging.getLogger(__name__)

_INTERVAL_S = 20.0


async def end_rules(pool: Pool, stop: asyncio.Event) -> None:
    """Look every 20 seconds, until ``stop``."""

    async def end() -> None:
        async with transaction(pool) as tx:
            now = datetime.now(UTC)
            ended = await end_expired(tx, now)
            await prune_rates(tx, now)
        if ended:
            logger.info("policy.expired rules=%d", ended)

    await every(_INTERVAL_S, end, stop, name="policy.upkeep")
