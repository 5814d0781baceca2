"""What a member has kept back, and does with the people of whom something is."""

from collections.abc import Mapping, Sequence

from fedinet.db.query import Tx
from fedinet.kernel.ids import ActorId, PostId
from fedinet.notifications import policy_store, telling_store
from fedinet.notifications.model import Answer
from fedinet.notifications.signals import LetThrough
from fedinet.queue.signals import announce


async def change_policy(tx: Tx, owner_id: ActorId, wish: Mapping[str, Answer]) -> None:
    """Change the answers that ``wish`` names, by field of ``Policy``; the rest stays."""
    await policy_store.change_policy(tx, owner_id, wish)


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


async def ask_to_welcome(tx: Tx, post_id: PostId, greeters: Sequence[ActorId]) -> None:
    """Ask these members to answer a newcomer's hello. Idempotent."""
    await telling_store.tell_greeters(tx, post_id, greeters)
