"""Conversations that members muted. Changed here only."""

from fedinet.db.query import Tx, query
from fedinet.kernel.ids import ActorId, PostId

_ADD = query(
    "reactions.mute_thread",
    "INSERT INTO muted_threads (actor_id, root_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
)

_REMOVE = query(
    "reactions.unmute_thread",
    "DELETE FROM muted_threads WHERE actor_id = $1 AND root_id = $2",
)

_MOVE = query(
    "reactions.move_muted",
    """
      WITH gone AS (DELETE FROM muted_threads WHERE root_id = $1 RETURNING actor_id)
    INSERT INTO muted_threads (actor_id, root_id)
    SELECT actor_id, $2 FROM gone
        ON CONFLICT DO NOTHING
""",
)


async def mute_thread(tx: Tx, actor_id: ActorId, root_id: PostId) -> None:
    """Tell its owner nothing of a conversation from now on. Idempotent."""
    await tx.execute(_ADD, actor_id, root_id)


async def unmute_thread(tx: Tx, actor_id: ActorId, root_id: PostId) -> None:
    """Tell of it again; what came meanwhile stays untold. Idempotent."""
    await tx.execute(_REMOVE, actor_id, root_id)


async def move_muted(tx: Tx, old_root: PostId, new_root: PostId) -> None:
    """Keep muted what is part of another thread now. Idempotent."""
    await tx.execute(_MOVE, old_root, new_root)
