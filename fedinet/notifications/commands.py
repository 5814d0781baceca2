"""What a member does with people of whom something is kept back."""

from collections.abc import Sequence

from fedinet.db.query import Tx
from fedinet.kernel.ids import ActorId
from fedinet.notifications import policy_store
from fedinet.notifications.signals import LetThrough
from fedinet.queue.signals import announce


async def accept(tx: Tx, owner_id: ActorId, request_ids: Sequence[int]) -> bool:
    """Let people through, for what was kept back and for good. False: there are none of these."""
    people = await policy_store.end_requests(tx, owner_id, request_ids)
    if people:
        await policy_store.let_through(tx, owner_id, people)
        await announce(tx, LetThrough(owner_id))
    return bool(people)


async def dismiss(tx: Tx, owner_id: ActorId, request_ids: Sequence[int]) -> bool:
    """Put away what is kept back of people. They are not told, and may come again.

    False: there are none of these requests.
    """
    people = await policy_store.end_requests(tx, owner_id, request_ids)
    await policy_store.put_away(tx, owner_id, people)
    return bool(people)
