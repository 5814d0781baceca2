"""Follows with servers that policy freezes: put aside, and back when the rule is lifted.

Those that a rule severs end at once, and do not come back.

Members are told what happened to theirs (cuts_store.py). Nobody elsewhere is told: deliveries
and fetches are refused by the same rules. When follows come back, ours are asked for again,
since the other side may have forgotten them.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.follows import activities, frozen_store
from fedinet.follows.cuts_store import CutWord, forget_cuts, record_cuts
from fedinet.follows.signals import FollowEnded
from fedinet.kernel.uris import origin_of
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.policy.ask import facts_of
from fedinet.policy.commands import SETTLE_FOLLOWS
from fedinet.policy.current import CurrentPolicy
from fedinet.policy.engine import decide
from fedinet.policy.facts_store import Server, read_servers
from fedinet.policy.model import Effect, Envelope, Scope
from fedinet.policy.ruleset import about_whole_servers
from fedinet.queue.jobs import enqueue_job
from fedinet.queue.loop import every
from fedinet.queue.signals import announce

logger = logging.getLogger(__name__)

_INTERVAL_S: Final = 3600.0


async def settle_follows(pool: Pool, policy: CurrentPolicy, _payload: Mapping[str, object]) -> None:
    """Make follows be as the rules of now want them, server by server. Idempotent."""
    policy.forget("")
    rules = about_whole_servers(await policy.rules())
    async with transaction(pool) as tx:
        origins = await frozen_store.list_origins(tx)
        domains = {one.origin: origin_of(one.origin).domain for one in origins}
        servers = await read_servers(tx, {name: origin for origin, name in domains.items()})
    now = datetime.now(UTC)
    for one in origins:
        domain = domains[one.origin]
        facts = facts_of(servers.get(domain, Server()), ally=policy.is_ally(domain, now))
        envelope = Envelope(scope=Scope.INBOUND, domain=domain, now=now)
        effects = decide(envelope, facts, rules).effects
        if Effect.SEVER_FOLLOWS in effects:
            await _sever(pool, one.origin)
        elif Effect.FREEZE_FOLLOWS in effects:
            if one.has_follows:
                await _freeze(pool, one.origin)
        elif one.has_frozen:
            await _thaw(pool, one.origin)


async def _sever(pool: Pool, origin: str) -> None:
    """End follows for good. Nobody there is told: they are refused anyway."""
    async with transaction(pool) as tx:
        ended = await frozen_store.sever(tx, origin)
        await announce(tx, *(FollowEnded(*pair) for pair in ended))
        await record_cuts(tx, ended, CutWord.LOST)
    logger.info("follows.severed origin=%s count=%d", origin, len(ended))


async def _freeze(pool: Pool, origin: str) -> None:
    async with transaction(pool) as tx:
        frozen = await frozen_store.freeze(tx, origin)
        await record_cuts(tx, frozen, CutWord.ASIDE)
    logger.info("follows.frozen origin=%s count=%d", origin, len(frozen))


async def _thaw(pool: Pool, origin: str) -> None:
    async with transaction(pool) as tx:
        thawed = await frozen_store.thaw(tx, origin)
        for one in thawed:
            if one.is_ours:
                again = activities.follow(one.follower_uri, one.target_uri, uri=one.uri)
                audience = Audience(actors=(one.target_id,), direct=True)
                await enqueue(tx, one.follower_id, audience, again)
        back = [(one.follower_id, one.target_id) for one in thawed]
        await record_cuts(tx, back, CutWord.BACK)
    logger.info("follows.thawed origin=%s count=%d", origin, len(thawed))


async def sever_once(pool: Pool) -> int:
    """End for good what has been frozen for 30 days. Returns how many follows that were.

    And look at all servers again: what we know of them may be another by now.
    """
    async with transaction(pool) as tx:
        severed = await frozen_store.sever_old(tx)
        await record_cuts(tx, severed, CutWord.LOST)
        await forget_cuts(tx)
        await enqueue_job(tx, SETTLE_FOLLOWS, {}, unique_key="hourly")
    if severed:
        logger.info("follows.severed count=%d", len(severed))
    return len(severed)


async def keep_severing(pool: Pool, stop: asyncio.Event) -> None:
    """Do it at start and every hour."""
    await every(_INTERVAL_S, lambda: sever_once(pool), stop, name="follows.frozen")
