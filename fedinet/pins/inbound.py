"""What remote actors show first: Add and Remove of posts and hashtags, to their own collection.

Source: facts of Mastodon 4.2-4.7, C9. There these activities have no id.
"""

from typing import Final

from fedinet.actors.store import get_actor
from fedinet.db.query import Tx
from fedinet.inbox.dispatch import ANYTHING, UNKNOWN_OBJECT, HandlerTable, Inbound
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.kernel.uris import same_origin
from fedinet.markup.names import hashtag
from fedinet.pins import store
from fedinet.pins.jobs import FETCH_PINNED
from fedinet.pins.keeping import keep_pin
from fedinet.pins.model import MAX_TAGS
from fedinet.posts.model import Tag
from fedinet.posts.store import find_post_id_by_uri, is_tombstone
from fedinet.queue.jobs import enqueue_job
from fedinet.vocab.activity import text_of

handlers = HandlerTable()

_NOT_OWN: Final = Dropped("not_own_collection")
_NO_CHANGE: Final = Dropped("no_change")


@handlers.on("Add", ANYTHING)
async def add(tx: Tx, inbound: Inbound) -> Outcome:
    """Pin a post of the sender's own; one that is not here is fetched by a job."""
    if not await _is_own_collection(tx, inbound):
        return _NOT_OWN
    uri = inbound.activity.object_uri
    if uri is None:
        return Dropped("malformed")
    if not same_origin(uri, inbound.activity.actor):
        return Dropped("not_the_author")
    await store.lock_owner(tx, inbound.actor_id)
    kept = await keep_pin(tx, inbound.actor_id, uri)
    if kept is not None:
        return kept
    if await is_tombstone(tx, uri):
        return UNKNOWN_OBJECT
    payload = {"actor_id": inbound.actor_id, "uri": uri}
    await enqueue_job(tx, FETCH_PINNED, payload, unique_key=f"{inbound.actor_id} {uri}")
    return Applied()


@handlers.on("Remove", ANYTHING)
async def remove(tx: Tx, inbound: Inbound) -> Outcome:
    """Take a post down from where its author had pinned it."""
    if not await _is_own_collection(tx, inbound):
        return _NOT_OWN
    post_id = await find_post_id_by_uri(tx, inbound.activity.object_uri or "")
    if post_id is None:
        return UNKNOWN_OBJECT
    gone = await store.delete_pin(tx, inbound.actor_id, post_id)
    return Applied() if gone else _NO_CHANGE


@handlers.on("Add", "Hashtag")
async def add_tag(tx: Tx, inbound: Inbound) -> Outcome:
    if not await _is_own_collection(tx, inbound):
        return _NOT_OWN
    tag = _tag(inbound)
    if tag is None:
        return Dropped("malformed")
    new = await store.insert_tag(tx, inbound.actor_id, tag, most=MAX_TAGS)
    return Applied() if new else _NO_CHANGE


@handlers.on("Remove", "Hashtag")
async def remove_tag(tx: Tx, inbound: Inbound) -> Outcome:
    if not await _is_own_collection(tx, inbound):
        return _NOT_OWN
    tag = _tag(inbound)
    if tag is None:
        return Dropped("malformed")
    gone = await store.delete_tag(tx, inbound.actor_id, tag.name)
    return _NO_CHANGE if gone is None else Applied()


async def _is_own_collection(tx: Tx, inbound: Inbound) -> bool:
    """Tell whether the target is the one collection that the actor's document names."""
    target = inbound.activity.target
    if target is None:
        return False
    return (await get_actor(tx, inbound.actor_id)).featured_uri == target


def _tag(inbound: Inbound) -> Tag | None:
    document = inbound.activity.object_document
    found = None if document is None else hashtag(text_of(document, "name"))
    return None if found is None else Tag(*found)
