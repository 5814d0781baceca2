"""Publishing what is due. Bears to run twice: the row goes with the post that it becomes."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from fedinet.accounts.store import find_open_account
from fedinet.actors.remote import ActorSource
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.kernel.errors import (
    FedinetError,
    Forbidden,
    Malformed,
    Overloaded,
    Unprocessable,
)
from fedinet.kernel.names import NodeUris
from fedinet.kernel.problems import N_
from fedinet.node.store import find_lockdown
from fedinet.posts import commands as posts
from fedinet.posts.mentions import resolve_mentions
from fedinet.queue.signals import announce
from fedinet.scheduled import store
from fedinet.scheduled.commands import PUBLISH, publish
from fedinet.scheduled.model import TOO_LATE, ScheduledPost, why_not
from fedinet.scheduled.signals import NotPublished

__all__ = ["PUBLISH", "publish_scheduled"]

logger = logging.getLogger(__name__)

_NOT_OPEN: Final = N_("Your account was closed, suspended or frozen at that time")
_WENT_WRONG: Final = N_("This server was not running at that time, or something went wrong here")


async def publish_scheduled(
    pool: Pool,
    actors: ActorSource,
    uris: NodeUris,
    on_published: posts.OnPublished,
    payload: Mapping[str, object],
) -> None:
    """Publish a post that is due, as its author may at this moment; else tell them why not.

    Nothing happens to one that was cancelled, moved, or told of before.

    Raises:
        FedinetError: a passing trouble of ours; the queue tries again, and in the end
            the job for what is too late tells the author.
    """
    scheduled_id = payload.get("scheduled_id")
    if not isinstance(scheduled_id, int):
        raise Malformed(f"{PUBLISH} without a number: {payload}")
    if await find_lockdown(pool) is not None:
        raise Overloaded("locked down: nothing is published")
    waiting = await store.find(pool, scheduled_id)
    if waiting is None or not _is_due(waiting):
        return
    mentioned = await resolve_mentions(actors, waiting.draft.text)
    try:
        async with transaction(pool) as tx:
            one = await store.lock(tx, scheduled_id)
            if one is not None and _is_due(one):
                await _publish(tx, uris, one, mentioned, on_published)
    except FedinetError as error:
        if error.retryable:
            raise
        await _tell(pool, scheduled_id, error)


def _is_due(one: ScheduledPost) -> bool:
    return not one.has_failed and one.due_at <= datetime.now(UTC)


async def _publish(
    tx: Tx,
    uris: NodeUris,
    one: ScheduledPost,
    mentioned: posts.Mentioned,
    on_published: posts.OnPublished,
) -> None:
    now = datetime.now(UTC)
    if now >= one.due_at + TOO_LATE:
        raise Unprocessable(f"{one.id} was due at {one.due_at}", public=_WENT_WRONG)
    account_id = await find_open_account(tx, one.actor_id)
    if account_id is None:
        raise Forbidden(f"{one.actor_id} has no open account", public=_NOT_OPEN)
    await publish(
        tx, uris, account_id, one, mentioned=mentioned, now=now, on_published=on_published
    )


async def _tell(pool: Pool, scheduled_id: int, error: FedinetError) -> None:
    """Keep it for its author, with what stood in the way."""
    async with transaction(pool) as tx:
        one = await store.lock(tx, scheduled_id)
        if one is None or not _is_due(one):
            return
        await store.fail(tx, scheduled_id, why_not(error), error.values)
        await announce(tx, NotPublished(scheduled_id))
    logger.info("scheduled.not_published id=%d why=%s", scheduled_id, error)
