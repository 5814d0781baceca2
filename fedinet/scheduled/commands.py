"""What members do with posts that are to be published later. Never the network."""

from collections.abc import Collection
from datetime import datetime

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.db.query import Conn, Tx
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import AccountId, ActorId
from fedinet.kernel.names import NodeUris
from fedinet.media import store as media_store
from fedinet.posts import commands as posts
from fedinet.posts.later import ChangedMeanwhile, NotWaiting
from fedinet.posts.local_store import remember_key
from fedinet.posts.model import Draft, Post
from fedinet.queue.jobs import enqueue_job
from fedinet.scheduled import store
from fedinet.scheduled.model import TOO_LATE, ScheduledPost, check_due, check_room, mark_of

PUBLISH = "scheduled.publish"
"""Job with ``{"scheduled_id": …}``: publish what is due, or tell why it cannot be."""


async def schedule(
    tx: Tx,
    uris: NodeUris,
    author: Actor,
    draft: Draft,
    due_at: datetime,
    *,
    mentioned: posts.Mentioned,
    now: datetime,
    app_id: int | None = None,
    key: str | None = None,
) -> ScheduledPost:
    """Keep a draft until it is due. Its files are held for it.

    What would be refused now is refused now, and all of it is asked again then.

    Raises:
        Unprocessable: too soon, too many, or what ``posts.commands.publish`` raises.
        Forbidden, NotFound: the same.
    """
    check_due(due_at, now)
    weighed = await posts.weigh(tx, uris, author, draft, mentioned=mentioned)
    await store.lock_owner(tx, author.id)
    check_room(*await store.count(tx, author.id, due_at))
    made = await store.insert(tx, author.id, due_at, weighed.draft, app_id=app_id, key=key)
    await media_store.promise(tx, [media.id for media in weighed.held], made.id)
    await _promise(tx, made)
    return made


async def move(
    tx: Tx, owner_id: ActorId, scheduled_id: int, due_at: datetime, now: datetime
) -> ScheduledPost:
    """Publish it at another time; also one that could not be published when it was due.

    Raises:
        NotFound: none of this member's.
        Unprocessable: too soon, or too many that day.
    """
    found = await lock_own(tx, owner_id, scheduled_id)
    check_due(due_at, now)
    await store.lock_owner(tx, owner_id)
    check_room(*await store.count(tx, owner_id, due_at, besides=found.id))
    moved = await store.move(tx, found.id, due_at)
    await _promise(tx, moved)
    return moved


async def rewrite(
    tx: Tx,
    uris: NodeUris,
    author: Actor,
    scheduled_id: int,
    *,
    draft: Draft,
    due_at: datetime,
    seen: str,
    mentioned: posts.Mentioned,
    now: datetime,
) -> ScheduledPost:
    """Let another draft wait in its place, with its number. The same once more changes nothing.

    ``seen``: its mark as its author saw it. A moment that stays may be nearer
    than one that is newly chosen.

    Raises:
        NotWaiting, ChangedMeanwhile: it went, or was changed since.
        Unprocessable, Forbidden, NotFound: as for ``schedule``.
    """
    found = await _lock_waiting(tx, author.id, scheduled_id)
    weighed = await posts.weigh(tx, uris, author, draft, mentioned=mentioned)
    if (found.draft, found.due_at, found.has_failed) == (weighed.draft, due_at, False):
        return found
    _check_seen(found, seen)
    if due_at != found.due_at or found.has_failed:
        check_due(due_at, now)
        await store.lock_owner(tx, author.id)
        check_room(*await store.count(tx, author.id, due_at, besides=found.id))
    written = await store.rewrite(tx, found.id, due_at, weighed.draft)
    await media_store.release(tx, found.id)
    await media_store.promise(tx, [media.id for media in weighed.held], found.id)
    await _promise(tx, written)
    return written


async def take(tx: Tx, owner_id: ActorId, scheduled_id: int, *, seen: str) -> Collection[str]:
    """Let it wait no more: its author publishes it now. Returns the keys to remember the post by.

    Raises:
        NotWaiting, ChangedMeanwhile: it went, or was changed since.
    """
    found = await _lock_waiting(tx, owner_id, scheduled_id)
    _check_seen(found, seen)
    await store.delete(tx, found.id)
    return _keys_of(found)


async def publish(
    tx: Tx,
    uris: NodeUris,
    account_id: AccountId,
    one: ScheduledPost,
    *,
    mentioned: posts.Mentioned,
    now: datetime,
    on_published: posts.OnPublished,
) -> Post:
    """Publish one that the caller holds, as its author may at this moment.

    Raises:
        Unprocessable, Forbidden, NotFound: as for ``posts.commands.publish``.
    """
    author = await get_actor(tx, one.actor_id)
    post = await posts.publish(
        tx, uris, author, one.draft, mentioned=mentioned, now=now, on_published=on_published
    )
    for key in _keys_of(one):
        await remember_key(tx, account_id, key, post.id)
    await store.delete(tx, one.id)
    return post


async def cancel(tx: Tx, owner_id: ActorId, scheduled_id: int) -> None:
    """Do not publish it. Its files stay with the member for a day.

    Raises:
        NotFound: none of this member's.
    """
    found = await lock_own(tx, owner_id, scheduled_id)
    await media_store.release(tx, found.id)
    await store.delete(tx, found.id)


async def get(conn: Conn, owner_id: ActorId, scheduled_id: int) -> ScheduledPost:
    """Raises ``NotFound`` for none, and for somebody else's."""
    return own(await store.find(conn, scheduled_id), owner_id, scheduled_id)


async def lock_own(tx: Tx, owner_id: ActorId, scheduled_id: int) -> ScheduledPost:
    """The same, held until ``tx`` ends."""
    return own(await store.lock(tx, scheduled_id), owner_id, scheduled_id)


def own(found: ScheduledPost | None, owner_id: ActorId, scheduled_id: int) -> ScheduledPost:
    """Raises ``NotFound`` for none, and for somebody else's."""
    if found is None or found.actor_id != owner_id:
        raise NotFound(f"no scheduled post {scheduled_id} of {owner_id}")
    return found


def key_of(scheduled_id: int) -> str:
    """The key by which it is known for a day what post became of it. No app or form can send it:
    their keys are of one line.
    """
    return f"scheduled\n{scheduled_id}"


def _keys_of(one: ScheduledPost) -> Collection[str]:
    return {key_of(one.id), one.idempotency_key or key_of(one.id)}


async def _lock_waiting(tx: Tx, owner_id: ActorId, scheduled_id: int) -> ScheduledPost:
    found = await store.lock(tx, scheduled_id)
    if found is None or found.actor_id != owner_id:
        raise NotWaiting(scheduled_id)
    return found


def _check_seen(found: ScheduledPost, seen: str) -> None:
    if mark_of(found) != seen:
        raise ChangedMeanwhile(found.id)


async def _promise(tx: Tx, one: ScheduledPost) -> None:
    """Publish it when it is due; and look again when that is too late, should all tries fail.

    The moment is part of the key: what was promised for an earlier one finds nothing to do.
    """
    for due_at in (one.due_at, one.due_at + TOO_LATE):
        key = f"{one.id} {due_at.timestamp():.0f}"
        payload = {"scheduled_id": one.id}
        await enqueue_job(tx, PUBLISH, payload, unique_key=key, due_at=due_at)
