"""What becomes of a remote actor that is no more."""

from collections.abc import Sequence
from typing import Final

from fedinet.actors.store import mark_gone
from fedinet.db.query import Tx
from fedinet.follows.signals import FollowEnded
from fedinet.follows.store import delete_follows_of
from fedinet.kernel.ids import ActorId
from fedinet.queue.jobs import enqueue_job

ERASE_ACTOR: Final = "profiles.erase_actor"
"""Job with ``{"actor_id": …}``."""


async def bid_farewell(tx: Tx, actor_id: ActorId) -> Sequence[FollowEnded]:
    """Hide the actor at once, end its follows, and let a job erase the rest.

    Returns what to announce.
    """
    await mark_gone(tx, actor_id)
    ended = await delete_follows_of(tx, actor_id)
    await enqueue_job(tx, ERASE_ACTOR, {"actor_id": actor_id}, unique_key=str(actor_id))
    return [FollowEnded(row.follower_id, row.target_id) for row in ended]
