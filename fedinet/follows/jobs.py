"""Work about follows that can wait: asking an actor elsewhere who follows it here."""

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.remote import ActorSource
from fedinet.actors.store import find_actor, find_actors_by_uri
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.follows import activities, digests_store, store
from fedinet.follows.listening import SYNCHRONISE
from fedinet.follows.signals import FollowAccepted, FollowEnded
from fedinet.follows.synchronisation import Differences, compare
from fedinet.kernel.errors import FedinetError, Malformed
from fedinet.kernel.ids import ActorId, ActorUri
from fedinet.kernel.names import new_activity_uri
from fedinet.kernel.uris import same_origin
from fedinet.net.budget import Budget
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.queue.signals import announce
from fedinet.vocab.activity import Document, as_document, type_of, uri_of, uris_of
from fedinet.vocab.synchronisation import MOST_FOLLOWERS, Synchronisation, digest_of

logger = logging.getLogger(__name__)

ASK_AGAIN_IN_VAIN: Final = timedelta(days=1)
_MOST_PAGES: Final = 12
_MOST_UNDONE: Final = 100
"""Undos at once: a server that lists all our people makes us send no more."""


async def synchronise(pool: Pool, source: ActorSource, payload: Mapping[str, object]) -> None:
    """Bring our follows of an actor and its list of them together. Idempotent.

    Only follows of that very actor are touched, and only what its own origin
    says counts. A list that cannot be had is not asked for again by itself: the
    next delivery says whether there is still something to ask.

    Raises:
        Malformed: not a payload of this job.
    """
    actor_id, said = _read(payload)
    actor = await find_actor(pool, actor_id)
    if actor is None or actor.is_local or actor.is_gone or actor.is_suspended:
        return
    if said.collection != actor.followers_uri or not same_origin(said.url, actor.uri):
        logger.info("follows.sync_ignored actor=%s collection=%s", actor.uri, said.collection)
        return
    here = str(source.uris.origin)
    if await digests_store.find_digest(pool, actor.id, here) == said.digest:
        return  # an Accept or an Undo was on its way
    asked_at = datetime.now(UTC)
    try:
        listed = await _list(source, said.url)
    except FedinetError as error:
        logger.info("follows.sync_failed actor=%s why=%s", actor.uri, error)
        return
    ours = {ActorUri(uri) for uri in listed if source.uris.is_ours(uri)}
    async with transaction(pool) as tx:
        known = await digests_store.lock_our_followers(tx, actor.id, limit=MOST_FOLLOWERS)
        differences = compare(
            known, ours, is_whole=digest_of(listed) == said.digest, asked_at=asked_at
        )
        await _settle(tx, actor, differences, asked_at)
        if not differences:
            await digests_store.postpone_check(tx, actor.id, asked_at + ASK_AGAIN_IN_VAIN)
    logger.info(
        "follows.synchronised actor=%s granted=%d dropped=%d unknown=%d",
        actor.uri,
        len(differences.granted),
        len(differences.dropped),
        len(differences.unknown),
    )


async def _settle(tx: Tx, actor: Actor, differences: Differences, now: datetime) -> None:
    for follow in differences.granted:
        await store.accept_follow(tx, follow.follower_id, actor.id, now=now)
        await announce(tx, FollowAccepted(follow.follower_id, actor.id))
    for follow in differences.dropped:
        await store.delete_follow(tx, follow.follower_id, actor.id)
        await announce(tx, FollowEnded(follow.follower_id, actor.id))
    people = await find_actors_by_uri(tx, differences.unknown[:_MOST_UNDONE])
    for member in people.values():
        if member.is_local and not member.is_gone:
            # The id of the Follow is lost; peers find it by the two actors.
            uri = new_activity_uri(member.uri)
            undo = activities.undo_follow(member.uri, actor.uri, uri=uri)
            await enqueue(tx, member.id, Audience(actors=(actor.id,), direct=True), undo)


async def _list(source: ActorSource, url: str) -> Sequence[str]:
    """Read a partial collection, in one piece or in pages of its own origin.

    Raises:
        Malformed: endless, elsewhere, or no collection. And what fetching raises.
    """
    budget = Budget(_MOST_PAGES)
    page: Document | None = await source.part(url, budget=budget)
    found: list[str] = []
    while page is not None:
        found += _items(page)
        if len(found) > MOST_FOLLOWERS:
            raise Malformed(f"more than {MOST_FOLLOWERS} followers: {url}")
        page = await _next(source, page, url, budget)
    return list(dict.fromkeys(found))


async def _next(source: ActorSource, page: Document, url: str, budget: Budget) -> Document | None:
    is_page = (type_of(page) or "").endswith("Page")
    following = page.get("next") if is_page else page.get("first") if not _items(page) else None
    embedded = as_document(following)
    if embedded is not None and _items(embedded):
        return embedded  # deeper in the same JSON, so this ends
    uri = uri_of(following)
    if uri is None:
        return None
    if not same_origin(uri, url):
        raise Malformed(f"a page of another origin: {uri[:200]}")
    return await source.part(uri, budget=budget)


def _items(page: Document) -> Sequence[str]:
    return uris_of(page.get("orderedItems")) or uris_of(page.get("items"))


def _read(payload: Mapping[str, object]) -> tuple[ActorId, Synchronisation]:
    match payload:
        case {
            "actor_id": int(actor_id),
            "collection": str(collection),
            "url": str(url),
            "digest": str(digest),
        }:
            return ActorId(actor_id), Synchronisation(collection, url, digest)
        case _:
            raise Malformed(f"{SYNCHRONISE} with {payload}")
