"""A new node opens its doors: named, set up, and cautious towards servers that nobody has met.

Nodes that were set up before keep the mode they have. One that speaks plain http is for
development (TRAPS 34): its peers are one's own, so it begins open.
"""

from datetime import datetime
from typing import Final

from fedinet.db.query import Tx
from fedinet.node.store import finish_setup, get_node
from fedinet.policy.commands import Steward, switch_mode
from fedinet.policy.model import Mode

BY_SETUP: Final = "set-up"
"""Who chose the first mode, in the audit."""


async def open_node(
    tx: Tx,
    *,
    name: str,
    purpose: str,
    language: str,
    hue: int,
    time_zone: str = "",
    now: datetime,
) -> None:
    """Finish the set-up of a node that is not open yet; the caller has made sure of that."""
    await finish_setup(
        tx, name=name, purpose=purpose, language=language, hue=hue, time_zone=time_zone
    )
    node = await get_node(tx)
    if node.origin.scheme == "http":
        return
    by = Steward(name=BY_SETUP, now=now, reason="New communities begin cautious")
    await switch_mode(tx, Mode.CAUTIOUS, by=by)
