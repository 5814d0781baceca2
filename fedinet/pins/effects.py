"""After the commit: whoever is followed newly, what they show first is read. Idempotent."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from fedinet.actors.store import find_actors
from fedinet.db.query import Tx
from fedinet.follows.signals import FollowAccepted
from fedinet.pins.jobs import promise_look
from fedinet.queue.signals import Effect


async def look(tx: Tx, facts: Sequence[FollowAccepted]) -> None:
    for actor in (await find_actors(tx, [fact.target_id for fact in facts])).values():
        await promise_look(tx, actor, datetime.now(UTC))


EFFECTS: Mapping[type, Effect] = {FollowAccepted: look}
