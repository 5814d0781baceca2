"""Telling stewards of floods: looked for every 20 seconds in what was counted in the last hour."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import settle_matter, tell_stewards
from fedinet.policy.floods.alerts import matter_of
from fedinet.policy.floods.alerts_store import Alert, end_quiet_alerts, raise_alerts
from fedinet.policy.floods.detectors import alarms
from fedinet.policy.floods.sightings_store import count_sightings, prune_sightings
from fedinet.queue.loop import every

logger = logging.getLogger(__name__)

ALERTS_PAGE: Final = "/admin/policy/alerts"
_INTERVAL_S: Final = 20.0


async def look_for_floods_once(pool: Pool, now: datetime) -> int:
    """Raise alerts, end those that are over, tell of both. Safe beside others. Returns new ones."""
    async with transaction(pool) as tx:
        raised = await raise_alerts(tx, alarms(await count_sightings(tx, now)), now)
        for alert in raised:
            await tell_stewards(
                tx, MatterKind.FLOOD, matter_of(alert), name=name_of(alert), href=ALERTS_PAGE
            )
        ended = await end_quiet_alerts(tx, now)
        if ended:
            await settle_matter(tx, MatterKind.FLOOD, *map(matter_of, ended))
        await prune_sightings(tx, now)
    for alert in raised:
        logger.warning("policy.alert kind=%s subject=%s count=%d", alert.kind, alert.subject,
                       alert.count)  # fmt: skip
    return len(raised)


async def look_for_floods(pool: Pool, stop: asyncio.Event) -> None:
    async def look() -> None:
        await look_for_floods_once(pool, datetime.now(UTC))

    await every(_INTERVAL_S, look, stop, name="policy.floods")


def name_of(alert: Alert) -> str:
    """What an alert is about, as people call it: a domain, or where it comes from."""
    return alert.subject or ", ".join(alert.examples[:3])
