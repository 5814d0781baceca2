"""Work about polls that can wait: telling the counts and the end, asking for those of others.

Each job bears to run twice, and finds out anew what is to be done.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Protocol

from fedinet.actors.store import get_actor
from fedinet.audiences.model import Viewer
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.kernel.errors import FedinetError, Malformed
from fedinet.kernel.ids import ObjectUri, PostId
from fedinet.net.budget import Budget
from fedinet.polls import intake as polls_intake
from fedinet.polls import store as polls_store
from fedinet.polls.activities import read_poll
from fedinet.polls.model import Poll
from fedinet.polls.promises import REFRESH_POLL, promise_end
from fedinet.polls.signals import PollEnded
from fedinet.posts import reach, store
from fedinet.posts.model import Post
from fedinet.queue.jobs import enqueue_job
from fedinet.queue.signals import announce
from fedinet.vocab.activity import Document
from fedinet.vocab.note import parse_note

logger = logging.getLogger(__name__)

_MAX_REQUESTS: Final = 6


class Documents(Protocol):
    """The part of ``actors.remote.ActorSource`` that is needed here."""

    async def document(self, uri: str, *, budget: Budget | None = None) -> tuple[Document, str]: ...


async def tell_counts(pool: Pool, payload: Mapping[str, object]) -> None:
    """Send what a poll of ours has counted so far. One that has ended is told by ``end_poll``."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        post = await _own_post(tx, _post_id(payload))
        if post is not None and post.poll is not None and not post.poll.has_ended(now):
            await reach.send_counts(tx, await get_actor(tx, post.author_id), post, now)


async def end_poll(pool: Pool, payload: Mapping[str, object]) -> None:
    """Notice the end of a poll: of ours the last counts go out, of others they are asked for."""
    now, post_id = datetime.now(UTC), _post_id(payload)
    async with transaction(pool) as tx:
        stored = await polls_store.lock_stored(tx, post_id)
        if stored is None:
            return
        if not stored.poll.has_ended(now):
            await promise_end(tx, post_id, stored.poll)
            return
        own = await _own_post(tx, post_id)
        if own is None:
            await enqueue_job(tx, REFRESH_POLL, {"post_id": post_id}, unique_key=str(post_id))
            await announce(tx, PollEnded(post_id))
        elif await polls_store.close_poll(tx, post_id, now):
            await _tell_end(tx, post_id, now)
            await announce(tx, PollEnded(post_id))


async def refresh_poll(pool: Pool, documents: Documents, payload: Mapping[str, object]) -> None:
    """Read the counts of a remote poll where it lives.

    Raises:
        RemoteUnavailable: its server does not answer now; the queue tries again.
    """
    post_id = _post_id(payload)
    uri = await polls_store.find_remote_uri(pool, post_id)
    if uri is None:
        return
    try:
        poll = await _fetch(documents, uri)
    except FedinetError as error:
        if error.retryable:
            raise
        logger.info("polls.not_refreshed uri=%s why=%s", uri, error)
        return
    if poll is not None:
        now = datetime.now(UTC)
        async with transaction(pool) as tx:
            await polls_intake.revise(tx, post_id, poll, said_at=None, is_edit=False, now=now)


async def _fetch(documents: Documents, uri: ObjectUri) -> Poll | None:
    document, _url = await documents.document(uri, budget=Budget(_MAX_REQUESTS))
    note = parse_note(document)
    if note.uri != uri:
        raise Malformed(f"another post at {uri}: {note.uri}")
    return None if note.poll is None else read_poll(note.poll, datetime.now(UTC))


async def _tell_end(tx: Tx, post_id: PostId, now: datetime) -> None:
    post = await _own_post(tx, post_id)
    if post is not None:
        await reach.send_counts(tx, await get_actor(tx, post.author_id), post, now)


async def _own_post(tx: Tx, post_id: PostId) -> Post | None:
    """A post of ours as its author sees it."""
    author_id = await store.find_own_author(tx, post_id)
    if author_id is None:
        return None
    return await store.find_visible(tx, Viewer(author_id, is_member=True), post_id)


def _post_id(payload: Mapping[str, object]) -> PostId:
    post_id = payload.get("post_id")
    if not isinstance(post_id, int):
        raise Malformed(f"job about a poll without a post: {payload}")
    return PostId(post_id)
