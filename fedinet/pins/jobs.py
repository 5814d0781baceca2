"""What people elsewhere show first: fetched by jobs, a bounded number of posts each."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actor
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.kernel.errors import FedinetError, Malformed
from fedinet.kernel.ids import ActorId
from fedinet.kernel.uris import same_origin
from fedinet.net.budget import Budget
from fedinet.pins import store
from fedinet.pins.keeping import keep_pin
from fedinet.pins.model import MAX_FOREIGN
from fedinet.posts.remote import Documents, Posts
from fedinet.queue.jobs import enqueue_job
from fedinet.vocab.activity import uri_of
from fedinet.vocab.collection import is_collection, read_stretch
from fedinet.vocab.values import web_url

logger = logging.getLogger(__name__)

FETCH_PINNED: Final = "pins.fetch_pinned"
"""Job with ``{"actor_id": …, "uri": …}``: fetch a post that its author pinned, then pin it."""
LOOK_AT_FEATURED: Final = "pins.look_at_featured"
"""Job with ``{"actor_id": …}``: read the featured collection of somebody elsewhere."""
LOOK_EVERY: Final = timedelta(days=1)
_MAX_REQUESTS: Final = 24


async def promise_look(tx: Tx, actor: Actor, now: datetime) -> None:
    """Promise to read what somebody elsewhere shows first, at most once a day."""
    if actor.is_local or actor.featured_uri is None:
        return
    if await store.take_look(tx, actor.id, now, every=LOOK_EVERY):
        payload = {"actor_id": actor.id}
        await enqueue_job(tx, LOOK_AT_FEATURED, payload, unique_key=str(actor.id))


async def fetch_pinned(pool: Pool, posts: Posts, payload: Mapping[str, object]) -> None:
    """Fetch a post that its author pinned, and pin it.

    Raises:
        RemoteUnavailable: its server does not answer now; the queue tries again.
        Malformed: not a payload of this job.
    """
    actor_id, uri = payload.get("actor_id"), payload.get("uri")
    if not isinstance(actor_id, int) or not isinstance(uri, str):
        raise Malformed(f"{FETCH_PINNED} with {payload}")
    if await posts.find(uri, budget=Budget(_MAX_REQUESTS), look_further=False) is None:
        return
    async with transaction(pool) as tx:
        await keep_pin(tx, ActorId(actor_id), uri)


async def look_at_featured(
    pool: Pool, posts: Posts, documents: Documents, payload: Mapping[str, object]
) -> None:
    """Read the featured collection of somebody elsewhere: its first page, ten posts of it.

    Raises:
        RemoteUnavailable: its server does not answer now; the queue tries again.
        Malformed: not a payload of this job.
    """
    actor_id = payload.get("actor_id")
    if not isinstance(actor_id, int):
        raise Malformed(f"{LOOK_AT_FEATURED} with {payload}")
    async with transaction(pool) as tx:
        actor = await find_actor(tx, ActorId(actor_id))
    if actor is None or actor.is_suspended or actor.is_gone or actor.featured_uri is None:
        return
    budget = Budget(_MAX_REQUESTS)
    try:
        uris = await _items(documents, actor.featured_uri, actor.uri, budget)
        found = [await posts.find(uri, budget=budget, look_further=False) for uri in uris]
    except FedinetError as error:
        if error.retryable:
            raise
        logger.info("pins.not_read actor=%s why=%s", actor.uri, error)
        return
    async with transaction(pool) as tx:
        await store.lock_owner(tx, actor.id)
        for uri in reversed(uris):  # the first of the collection is the newest pin
            await keep_pin(tx, actor.id, uri)
        await store.keep_only(tx, actor.id, [post_id for post_id in found if post_id is not None])


async def _items(documents: Documents, uri: str, owner: str, budget: Budget) -> list[str]:
    """Read the ids of a collection, or of its first page; all at the owner's origin."""
    document, _url = await documents.document(uri, budget=budget)
    stretch = read_stretch(document) if is_collection(document) else read_stretch({})
    if not stretch.items and stretch.onward:
        first = stretch.onward[0]
        if isinstance(first, str) and same_origin(first, owner):
            first, _url = await documents.document(first, budget=budget)
        if not isinstance(first, str) and is_collection(first):
            stretch = read_stretch(first)
    named = (web_url(uri_of(item)) for item in stretch.items)
    own = (item for item in named if item is not None and same_origin(item, owner))
    return list(dict.fromkeys(islice(own, MAX_FOREIGN)))
