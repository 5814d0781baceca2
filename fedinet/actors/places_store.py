"""Where an actor has moved, and under which other ids it is known. SQL lives here only."""

from collections.abc import Sequence

from fedinet.actors.model import Actor
from fedinet.actors.store import announce_change, get_actor
from fedinet.db.query import Tx, query
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import ActorId

_SET_MOVED_TO = query(
    "actors.set_moved_to",
    """
    UPDATE actors
       SET moved_to = $2, revision = revision + 1
     WHERE id = $1 AND gone_at IS NULL
     RETURNING id
""",
)

_SET_ALIASES = query(
    "actors.set_aliases",
    """
    UPDATE actors
       SET also_known_as = $2::text[], revision = revision + 1
     WHERE id = $1 AND is_local AND gone_at IS NULL
     RETURNING id
""",
)


async def set_moved_to(tx: Tx, actor_id: ActorId, moved_to: str | None) -> Actor:
    """Say where an actor is now, or that it is here again. Returns it as it is then.

    Raises:
        NotFound: no such actor, or gone.
    """
    return await _changed(tx, actor_id, await tx.fetchval(_SET_MOVED_TO, actor_id, moved_to))


async def set_aliases(tx: Tx, actor_id: ActorId, aliases: Sequence[str]) -> Actor:
    """Replace the ids by which one of ours is known elsewhere.

    Raises:
        NotFound: not one of ours, or gone.
    """
    return await _changed(tx, actor_id, await tx.fetchval(_SET_ALIASES, actor_id, list(aliases)))


async def _changed(tx: Tx, actor_id: ActorId, changed: int | None) -> Actor:
    if changed is None:
        raise NotFound(f"no actor {actor_id} that could change")
    await announce_change(tx, actor_id)
    return await get_actor(tx, actor_id)
