"""The last to be asked about an Undo that names only an id, when nobody knows the id."""

from fedinet.db.query import Tx
from fedinet.inbox.dispatch import UNKNOWN_OBJECT, HandlerTable, Inbound
from fedinet.inbox.undo_store import remember_early_undo
from fedinet.kernel.outcomes import Outcome
from fedinet.kernel.uris import same_origin

handlers = HandlerTable()
"""``wiring`` merges it after all slices: whoever knows the id undoes it first."""


@handlers.on("Undo", "?")
async def remember_undo(tx: Tx, inbound: Inbound) -> Outcome:
    """Keep in mind that the sender undid an activity of its own which has not come yet.

    Source: Pleroma undoes everything by id only.
    """
    uri = inbound.activity.object_uri
    if uri is not None and same_origin(uri, inbound.activity.actor):
        await remember_early_undo(tx, inbound.actor_id, uri, inbound.now)
    return UNKNOWN_OBJECT
