"""Work about actors that can wait: erasing what somebody who is gone has left."""

from collections.abc import Mapping
from typing import Final

from fedinet.actors.store import find_actor
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.follows.blocks_store import delete_blocks_of
from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import ActorId
from fedinet.pins.store import delete_tags_of
from fedinet.posts.intake import remove_some_of
from fedinet.posts.signals import PostDeleted
from fedinet.profiles.farewell import ERASE_ACTOR
from fedinet.queue.signals import announce
from fedinet.reactions.signals import Unboosted, Unliked
from fedinet.reactions.store import delete_reactions_of

_AT_ONCE: Final = 200


async def erase_actor(pool: Pool, payload: Mapping[str, object]) -> None:
    """Delete posts, reactions, blocks and tags of a remote actor that is gone, in small steps.

    The actor's row stays, so that its id is not taken for a new one. Idempotent.

    Raises:
        Malformed: not a payload of this job, or an actor that is not gone.
    """
    actor_id = payload.get("actor_id")
    actor = await find_actor(pool, ActorId(actor_id)) if isinstance(actor_id, int) else None
    if actor is None or actor.is_local or not actor.is_gone:
        raise Malformed(f"{ERASE_ACTOR} with {payload}")
    while await _erase_posts(pool, actor.id):
        pass
    async with transaction(pool) as tx:
        liked, boosted = await delete_reactions_of(tx, actor.id)
        await announce(tx, *(Unliked(actor.id, post_id) for post_id in liked))
        await announce(tx, *(Unboosted(actor.id, post_id) for post_id in boosted))
        await delete_blocks_of(tx, actor.id)
        await delete_tags_of(tx, actor.id)


async def _erase_posts(pool: Pool, author_id: ActorId) -> int:
    async with transaction(pool) as tx:
        gone = await remove_some_of(tx, author_id, limit=_AT_ONCE)
        await announce(tx, *(PostDeleted(post_id, author_id, uri) for post_id, uri in gone))
    return len(gone)
