"""Posts that we fetched, read again: nobody tells us when they change or go.

Their server tells only followers and those it knows to have a copy. What was
deleted or corrected there must not live on here.
"""

from datetime import datetime

from fedinet.actors.store import get_actor
from fedinet.db.query import Tx
from fedinet.kernel.ids import ObjectUri, PostId
from fedinet.kernel.outcomes import Dropped
from fedinet.posts import intake, remote_store
from fedinet.posts.arrivals import Arrival
from fedinet.posts.signals import PostDeleted, PostEdited
from fedinet.queue.signals import announce


async def renew(tx: Tx, arrival: Arrival, now: datetime) -> bool:
    """Apply what the post says at its origin now, if it was edited. True where that is news."""
    if arrival.edited_at is None:
        return False
    changed = await intake.revise(tx, arrival, written_at=arrival.edited_at, said_at=None, now=now)
    if not isinstance(changed, int):
        return False
    await announce(tx, PostEdited(PostId(changed)))
    return True


async def forget_gone(tx: Tx, uri: ObjectUri) -> bool:
    """Delete a post whose own server says that it is gone for good. False: it was not here."""
    found = await remote_store.lock_author_of(tx, uri)
    if found is None:
        return False
    author = await get_actor(tx, found[1])
    gone = await intake.remove(tx, uri, author_id=author.id, author_uri=author.uri)
    if gone is None or isinstance(gone, Dropped):
        return False
    await announce(tx, PostDeleted(gone, author.id, uri))
    return True
