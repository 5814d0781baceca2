"""Keeping what somebody elsewhere pinned. In the caller's transaction."""

from fedinet.audiences.model import Viewer
from fedinet.db.query import Tx
from fedinet.kernel.ids import ActorId
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.pins import store
from fedinet.pins.model import MAX_FOREIGN, may_pin
from fedinet.posts.store import find_visible_by_uri


async def keep_pin(tx: Tx, actor_id: ActorId, uri: str) -> Outcome | None:
    """Pin a post that is here, if it is the actor's own and public; None: it is not here."""
    post = await find_visible_by_uri(tx, Viewer(actor_id), uri)
    if post is None:
        return None
    if post.author_id != actor_id:
        return Dropped("not_the_author")
    if not may_pin(post.visibility):
        return Dropped("not_public")
    if not await store.insert_pin(tx, actor_id, post.id):
        return Dropped("no_change")
    await store.trim_pins(tx, actor_id, most=MAX_FOREIGN)
    return Applied()
