"""Servers that have been around for long enough become met, and what was held of them comes in."""

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.inbox.held import release_server
from fedinet.node.secrets import SecretBox
from fedinet.policy.current import CurrentPolicy
from fedinet.policy.model import Builtin, Mode
from fedinet.policy.servers.graduation import graduates
from fedinet.policy.servers.graduation_store import list_unmet
from fedinet.policy.servers.meeting import meet_by_time
from fedinet.queue.loop import every

logger = logging.getLogger(__name__)

_INTERVAL_S: Final = 3600.0
_CHUNK: Final = 200
_FIRST: Final = (datetime(1970, 1, 1, tzinfo=UTC), "")


async def graduate_once(
    pool: Pool, box: SecretBox, policy: CurrentPolicy, now: datetime, *, scheme: str
) -> int:
    """Look at all servers that nobody has met. Returns how many are met now.

    In the cautious mode alone: elsewhere nothing is held of strangers.
    """
    rules = await policy.rules()
    if rules.mode is not Mode.CAUTIOUS:
        return 0
    met, after = 0, _FIRST
    while True:
        async with transaction(pool) as tx:
            unmet = await list_unmet(tx, now, after=after, scheme=scheme, limit=_CHUNK)
        for one in unmet:
            known = replace(one.known, has_rule=bool(rules.about(one.domain, now)))
            if not graduates(known, now):
                continue
            async with transaction(pool) as tx:
                is_new = await meet_by_time(tx, one.domain, known, now)
            await release_server(pool, box, one.domain, reason=Builtin.FIRST_CONTACT)
            met += is_new
            logger.info("policy.met_by_time domain=%s", one.domain)
        if len(unmet) < _CHUNK:
            return met
        after = (unmet[-1].known.first_seen_at, unmet[-1].domain)


async def keep_graduating(
    pool: Pool, box: SecretBox, policy: CurrentPolicy, stop: asyncio.Event, *, scheme: str
) -> None:
    """Every hour, until ``stop``."""
    await every(
        _INTERVAL_S,
        lambda: graduate_once(pool, box, policy, datetime.now(UTC), scheme=scheme),
        stop,
        name="inbox.graduating",
    )
