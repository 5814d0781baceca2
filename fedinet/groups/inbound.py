"""What groups do for their members: Announce of what these did (FEP-1b12).

Believed is what the group's own server says about itself and its people; whatever
is of a third server is asked for there, by a job.
"""

from typing import Final

import msgspec

from fedinet.actors.store import find_actor_by_uri, get_actor
from fedinet.db.query import Tx
from fedinet.follows.store import list_locally_followed
from fedinet.groups.carrying import apply_carried
from fedinet.groups.jobs import CARRY, Carried
from fedinet.groups.model import is_said_in_public, read_carried, references
from fedinet.inbox.dispatch import HandlerTable, Inbound
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.kernel.uris import same_origin
from fedinet.queue.jobs import enqueue_job
from fedinet.vocab.activity import ACTIVITY_TYPES, Activity

_NOT_RELEVANT: Final = Dropped("not_relevant")


def handlers_for(table: HandlerTable) -> HandlerTable:
    """Make the handlers; ``table``: those who decide about the activities inside."""
    handlers = HandlerTable()

    @handlers.on("Announce", *sorted(ACTIVITY_TYPES))
    async def announce_activity(tx: Tx, inbound: Inbound) -> Outcome:
        """Apply what a group that somebody here follows brings, or promise to look it up."""
        inner = await _carried(tx, inbound)
        if isinstance(inner, Dropped):
            return inner
        sender = await find_actor_by_uri(tx, inner.actor)
        if sender is not None and _speaks_for_itself(inbound, inner):
            return await apply_carried(
                tx,
                table,
                inner,
                sender,
                group_id=inbound.actor_id,
                announce_uri=inbound.activity.id or "",
                now=inbound.now,
                effects=inbound.effects,
            )
        return await _look_up(tx, inbound, inner)

    return handlers


async def _carried(tx: Tx, inbound: Inbound) -> Activity | Dropped:
    group = await get_actor(tx, inbound.actor_id)
    if group.kind != "Group":
        return Dropped("not_a_group")
    if group.id not in await list_locally_followed(tx, [group.id]):
        return _NOT_RELEVANT
    inner = read_carried(inbound.activity)
    if isinstance(inner, Dropped):
        return inner
    if _speaks_for_itself(inbound, inner) and not is_said_in_public(inner):
        return Dropped("not_public")
    return inner


def _speaks_for_itself(inbound: Inbound, inner: Activity) -> bool:
    """Tell whether the group's server is the origin of all of it, so that nobody need be asked."""
    if not same_origin(inner.actor, inbound.activity.actor):
        return False
    return inner.type not in ("Create", "Update") or inner.object_document is not None


async def _look_up(tx: Tx, inbound: Inbound, inner: Activity) -> Outcome:
    if inner.object_uri is None:
        return Dropped("malformed")
    carried = Carried(inbound.actor_id, inbound.activity.id or "", references(inner))
    key = f"{inbound.actor_id} {inner.type} {inner.id or inner.object_uri}"
    await enqueue_job(tx, CARRY, msgspec.structs.asdict(carried), unique_key=key)
    return Applied()
