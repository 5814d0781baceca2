"""By the clock: tell stewards while nobody is named who answers for the community."""

import asyncio
from typing import Final

from fedinet.charter.imprint_store import find_imprint
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import tell_once
from fedinet.node.store import get_node
from fedinet.queue.loop import every

PAGE: Final = "/admin/law"
_INTERVAL_S: Final = 3600.0


async def look_once(pool: Pool) -> None:
    """Put the line on the desk, once, where the node is set up and the imprint is not whole."""
    async with transaction(pool) as tx:
        wanted: dict[str, tuple[str, str]] = {}
        if (await get_node(tx)).is_set_up and not (await find_imprint(tx)).is_finished:
            wanted["imprint"] = ("", PAGE)
        await tell_once(tx, MatterKind.IMPRINT, wanted)


async def keep_imprint(pool: Pool, stop: asyncio.Event) -> None:
    """Do it at start and every hour."""
    await every(_INTERVAL_S, lambda: look_once(pool), stop, name="charter.upkeep")
