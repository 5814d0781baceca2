"""Which activities may prove themselves when somebody else than their actor brings them."""

from datetime import datetime
from typing import Final, Protocol

from fedinet.kernel.errors import Malformed
from fedinet.vocab.activity import (
    Activity,
    Document,
    each_object,
    parse_activity,
    reduce_foreign,
)

_TRANSFERABLE: Final = frozenset(
    {"Create", "Update", "Delete", "Announce", "Like", "Dislike", "EmojiReact", "Add", "Remove"}
)
_UNDOABLE: Final = frozenset({"Announce", "Like", "Dislike", "EmojiReact"})


class Witness(Protocol):
    """The part of ``actors.witness.Witness`` that is needed here."""

    async def attested(self, body: bytes, *, actor: str, now: datetime) -> Document | None: ...


def is_transferable(activity: Activity) -> bool:
    """Tell whether a proof is enough. A proof names no recipient and can be brought again.

    So what sets a relation that may have changed since (Follow and its answers,
    Block, Move and what undoes them) comes from its actor, or its origin confirms it.
    """
    if activity.type == "Undo":
        return all(one.object_type in _UNDOABLE for one in each_object(activity))
    return activity.type in _TRANSFERABLE


async def attested(
    witness: Witness, body: bytes, activity: Activity, now: datetime
) -> Activity | None:
    """Return the activity as its actor vouches for it, where it is the same that was brought."""
    document = await witness.attested(body, actor=activity.actor, now=now)
    if document is None:
        return None
    try:
        found = reduce_foreign(parse_activity(document))
    except Malformed:
        return None
    same = (found.id, found.type, found.actor) == (activity.id, activity.type, activity.actor)
    return found if same and is_transferable(found) else None
