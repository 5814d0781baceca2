"""Following hashtags. Nobody else is told."""

from fedinet.db.query import Tx
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import N_
from fedinet.queue.signals import announce
from fedinet.tags import store
from fedinet.tags.model import MAX_FOLLOWED
from fedinet.tags.signals import TagUnfollowed


async def follow(tx: Tx, owner_id: ActorId, tag: str, name: str) -> None:
    """Have posts with a hashtag in one's home from now on. ``name``: as it was written.

    Raises:
        Unprocessable: there are ``MAX_FOLLOWED``.
    """
    await store.lock_owner(tx, owner_id)
    if await store.find_followed(tx, owner_id, [tag]):
        return
    if await store.count(tx, owner_id) >= MAX_FOLLOWED:
        raise Unprocessable(
            f"{owner_id} follows {MAX_FOLLOWED} hashtags",
            public=N_("You follow %(most)d hashtags: leave one before you add another"),
            values={"most": MAX_FOLLOWED},
        )
    await store.insert(tx, owner_id, tag, name)


async def unfollow(tx: Tx, owner_id: ActorId, tag: str) -> None:
    """What stood in the home for this hashtag alone goes. Not followed: nothing happens."""
    if await store.delete(tx, owner_id, tag):
        await announce(tx, TagUnfollowed(owner_id, tag))
