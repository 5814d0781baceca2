"""Asking allies now and then whether they have room. Idempotent; nobody waits for it."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from fedinet.allies import entrances_store, store
from fedinet.allies.entrances import read_entrance
from fedinet.allies.looking import Nodes
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.kernel.errors import FedinetError, Malformed
from fedinet.kernel.ids import Domain
from fedinet.policy.servers.nodeinfo import fetch_nodeinfo
from fedinet.queue.jobs import enqueue_job

logger = logging.getLogger(__name__)

ASK_ROOM: Final = "allies.ask_room"
"""Job with ``{"domain": …}``: read what an ally's NodeInfo says about joining."""
_ASKED_EVERY: Final = timedelta(hours=6)


async def promise_asking(pool: Pool, now: datetime) -> int:
    """Promise to ask every ally that was not asked for six hours. Returns how many."""
    async with transaction(pool) as tx:
        due = await entrances_store.claim_entrances(tx, now, before=now - _ASKED_EVERY)
        for domain in due:
            await enqueue_job(tx, ASK_ROOM, {"domain": domain}, unique_key=domain)
    return len(due)


async def ask_room(nodes: Nodes, payload: Mapping[str, object]) -> None:
    """Ask one. Where it does not answer, what it said last stands for its time.

    Raises:
        Malformed: not a payload of this job.
    """
    domain = payload.get("domain")
    if not isinstance(domain, str):
        raise Malformed(f"{ASK_ROOM} with {payload}")
    async with transaction(nodes.pool) as tx:
        ally = await store.find_ally(tx, Domain(domain))
    now = datetime.now(UTC)
    if ally is None or not ally.is_allied(now):
        return
    try:
        document = await fetch_nodeinfo(nodes.fetcher, ally.origin)
    except FedinetError as error:  # asked again in six hours, whatever it was
        logger.info("allies.not_asked domain=%s why=%s", domain, error)
        return
    entrance = read_entrance(document, ally.domain, ally.origin)
    async with transaction(nodes.pool) as tx:
        await entrances_store.know_entrance(tx, ally.domain, entrance, now=now)
