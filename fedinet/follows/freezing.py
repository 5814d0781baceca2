"""Follows with servers that policy freezes: put aside, and back when the rule is lifted.

Nobody elsewhere is told: deliveries and fetches are refused by the same rules. When
follows come back, ours are asked for again, since the other side may have forgotten them.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.follows import activities, frozen_store
from fedinet.kernel.uris import origin_of
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.policy.current import CurrentPolicy
from fedinet.policy.engine import decide
from fedinet.policy.model import Effect, Envelope, Facts, Scope
from fedinet.policy.ruleset import Ruleset, about_servers_only
from fedinet.queue.loop import every

logger = logging.getLogger(__name__)

_INTERVAL_S: Final = 3600.0


async def settle_follows(pool: Pool, policy: CurrentPolicy, _payload: Mapping[str, object]) -> None:
    """Make follows be as the rules of now want them, server by server. Idempotent."""
    policy.forget("")
    rules = about_servers_only(await policy.rules())
    async with transaction(pool) as tx:
        origins = await frozen_store.list_origins(tx)
    for origin in origins:
        await _settle(pool, origin, is_frozen=_is_frozen(rules, origin))


async def _settle(pool: Pool, origin: str, *, is_frozen: bool) -> None:
    async with transaction(pool) as tx:
        if is_frozen:
            count = await frozen_store.freeze(tx, origin)
            word = "frozen"
        else:
            thawed = await frozen_store.thaw(tx, origin)
            for one in thawed:
                if one.is_ours:
                    again = activities.follow(one.follower_uri, one.target_uri, uri=one.uri)
                    audience = Audience(actors=(one.target_id,), direct=True)
                    await enqueue(tx, one.follower_id, audience, again)
            count, word = len(thawed), "thawed"
    if count:
        logger.info("follows.%s origin=%s count=%d", word, origin, count)


def _is_frozen(rules: Ruleset, origin: str) -> bool:
    envelope = Envelope(scope=Scope.INBOUND, domain=origin_of(origin).domain, now=datetime.now(UTC))
    return Effect.FREEZE_FOLLOWS in decide(envelope, Facts(), rules).effects


async def keep_severing(pool: Pool, stop: asyncio.Event) -> None:
    """Every hour: end for good what has been frozen for 30 days."""

    async def sever() -> None:
        async with transaction(pool) as tx:
            severed = await frozen_store.sever_old(tx)
        if severed:
            logger.info("follows.severed count=%d", severed)

    await every(_INTERVAL_S, sever, stop, name="follows.frozen")
