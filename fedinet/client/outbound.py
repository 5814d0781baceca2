"""Activities that no slice has a meaning for: kept and delivered as they are.

An ``Arrive``, an ``Offer``, a type that somebody made up: what it says is the
member's own, and it changes nothing here. Not so those whose meaning other
servers act on: they go through a slice or not at all.
"""

from typing import Final

from fedinet.client.dispatch import ANY, OutboundTable
from fedinet.client.model import Done, NotYours, Posted, Refusal
from fedinet.db.query import Tx
from fedinet.inbox import activities_store
from fedinet.vocab.activity import uri_of

handlers = OutboundTable()

_ONLY_BY_A_SLICE: Final = frozenset(
    {
        "Accept", "Add", "Block", "Create", "Delete", "Flag", "Follow", "Move", "QuoteRequest",
        "Reject", "Remove", "Undo", "Update",
    }
)  # fmt: skip


@handlers.on("Undo", scope="write:statuses")
async def undo_other(tx: Tx, undo: Posted) -> Done | None:
    """Take back an activity that only was kept and delivered; else there is nothing like it.

    Raises:
        NotYours: it is somebody else's, or nothing that this member did.
    """
    uri = undo.activity.object_uri
    kept = None if uri is None else await activities_store.find_own(tx, uri, undo.author.id)
    if kept is None:
        raise NotYours("not_your_activity", "Only what you did yourself can be taken back")
    if kept.kind in _ONLY_BY_A_SLICE:
        raise Refusal("cannot_be_undone", f"A {kept.kind} that is done cannot be taken back so")
    await activities_store.delete_own(tx, kept.id)
    return Done(uri=undo.uri, object_uri=uri)


@handlers.on(ANY, scope="write:statuses")
async def do_other(_tx: Tx, posted: Posted) -> Done:
    """Keep it and deliver it.

    Raises:
        Refusal: others would act on it, and nobody here has checked it.
    """
    kind = posted.activity.type
    if kind in _ONLY_BY_A_SLICE:
        named = uri_of(posted.activity.object) or "this object"
        raise Refusal("not_possible", f"{kind} of {named[:200]} is not possible here")
    return Done(uri=posted.uri)
