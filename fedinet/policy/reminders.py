"""Stewards are told on the day they wanted to look at a rule again, and before one ends."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import tell_once
from fedinet.policy import reminders_store as store
from fedinet.queue.loop import every

_INTERVAL_S: Final = 300.0
BEFORE_END: Final = timedelta(days=2)


async def remind(tx: Tx, now: datetime) -> None:
    """Tell of each date once; what was changed, lifted or has ended since leaves the desk."""
    await _tell(tx, MatterKind.REVIEW, await store.list_for_review(tx, now))
    await _tell(tx, MatterKind.ENDING, await store.list_ending(tx, now, now + BEFORE_END))


async def _tell(tx: Tx, kind: MatterKind, due: Sequence[tuple[str, datetime]]) -> None:
    subjects: Mapping[str, tuple[str, str]] = {
        f"{at.isoformat()} {key}": (key, f"/admin/policy/rule?key={quote(key)}") for key, at in due
    }
    await tell_once(tx, kind, subjects)


async def keep_reminding(pool: Pool, stop: asyncio.Event) -> None:
    """Look every five minutes, until ``stop``."""

    async def look() -> None:
        async with transaction(pool) as tx:
            await remind(tx, datetime.now(UTC))

    await every(_INTERVAL_S, look, stop, name="policy.reminders")
