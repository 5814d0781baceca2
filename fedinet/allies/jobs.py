"""What is asked of other communities' nodes, and told to them, in its own time. Idempotent."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from fedinet.actors.keys import find_node_actor
from fedinet.allies import activities, commands, store
from fedinet.allies.asking_room import promise_asking
from fedinet.allies.commands import CHECK_ALLY
from fedinet.allies.looking import Nodes, NotSeen, look
from fedinet.allies.model import CHECKED_EVERY, Ally, settled, stopped
from fedinet.allies.reading import read_shared
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.kernel.errors import FedinetError, Malformed
from fedinet.kernel.ids import Domain
from fedinet.kernel.names import NodeUris
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.queue.loop import every

logger = logging.getLogger(__name__)

_INTERVAL_S: Final = 600.0
_UNPROVEN_FOR: Final = timedelta(days=7)


async def check_ally(nodes: Nodes, payload: Mapping[str, object]) -> None:
    """Look at a community's node, settle how it stands, and tell it what it must hear.

    Raises:
        RemoteUnavailable: it does not answer now; the queue tries again.
        Malformed: not a payload of this job.
    """
    domain = payload.get("domain")
    if not isinstance(domain, str):
        raise Malformed(f"{CHECK_ALLY} with {payload}")
    async with transaction(nodes.pool) as tx:
        ally = await store.find_ally(tx, Domain(domain))
    if ally is None:
        return
    now = datetime.now(UTC)
    try:
        seen = await look(nodes, ally, now)
    except FedinetError:
        await _note(nodes.pool, ally.domain, "unreachable", rests=False)
        raise
    except NotSeen as found:
        await _note(nodes.pool, ally.domain, found.word, rests=True)
        return
    async with transaction(nodes.pool) as tx:
        before = await store.lock_ally(tx, ally.domain)
        if before is None:
            return
        after = settled(before, seen, now)
        after = await _told(tx, nodes.uris, after)
        await commands.write_seen(tx, before, after, now)
    if after.is_allied(now):
        await read_shared(nodes, after, seen)


async def _note(pool: Pool, domain: Domain, trouble: str, *, rests: bool) -> None:
    """Write down what was wrong. ``rests``: so wrong that the alliance rests at once."""
    now = datetime.now(UTC)
    logger.warning("allies.trouble domain=%s word=%s", domain, trouble)
    async with transaction(pool) as tx:
        before = await store.lock_ally(tx, domain)
        if before is not None:
            after = stopped(before, trouble) if rests else replace(before, trouble=trouble)
            await commands.write_seen(tx, before, after, now)


async def _told(tx: Tx, uris: NodeUris, ally: Ally) -> Ally:
    """Promise our word to the other node, once: our offer, or our yes to theirs."""
    node = await find_node_actor(tx, uris)
    if node is None or ally.told or ally.our_until is None or ally.node_id is None:
        return ally
    says_yes = ally.their_offer and ally.their_until is not None
    word = activities.accept(uris, ally) if says_yes else activities.offer(uris, ally)
    await enqueue(tx, node.id, Audience(actors=(ally.node_id,), direct=True), word)
    return replace(ally, told=True)


async def promise_checks(pool: Pool, now: datetime) -> int:
    """Promise a look at everyone who was not looked at for a day. Returns how many."""
    async with transaction(pool) as tx:
        due = await store.claim_due(tx, now, next_at=now + CHECKED_EVERY)
        for domain in due:
            await commands.check_soon(tx, domain, key="daily")
        await store.forget_unproven(tx, now - _UNPROVEN_FOR)
    return len(due)


async def keep_checking(pool: Pool, stop: asyncio.Event) -> None:
    """Every ten minutes, until ``stop``."""

    async def step() -> None:
        now = datetime.now(UTC)
        await promise_checks(pool, now)
        await promise_asking(pool, now)

    await every(_INTERVAL_S, step, stop, name="allies.upkeep")
