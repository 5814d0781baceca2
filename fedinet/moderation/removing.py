"""Stewards take reported posts away: one act on their author, and each post deleted. Commands."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from fedinet.accounts.store import find_account_of
from fedinet.db.query import Tx
from fedinet.kernel.ids import ActorId
from fedinet.moderation.commands import act_on
from fedinet.moderation.reasons import Because
from fedinet.moderation.reported_store import ANY_STEWARD, list_reported
from fedinet.moderation.rights import Act, Acting
from fedinet.moderation.said import BETWEEN, MOST_KEPT, said_in
from fedinet.posts import intake
from fedinet.posts.keeping import delete_and_keep
from fedinet.posts.model import Post
from fedinet.posts.signals import PostDeleted
from fedinet.queue.signals import announce


def words_of(posts: Sequence[Post]) -> str:
    """What posts said. Each has its share of what is kept, so that a long one leaves room."""
    return BETWEEN.join(said_in(post, MOST_KEPT // len(posts)) for post in posts).strip()


def dates_of(posts: Sequence[Post]) -> str:
    """By what the record names them."""
    return ", ".join(f"{post.published_at:%Y-%m-%d %H:%M}" for post in posts)


async def take_away(
    tx: Tx,
    of: ActorId,
    posts: Sequence[Post],
    *,
    by: Acting,
    now: datetime,
    reason: str,
    because: Because,
    report_id: int,
) -> None:
    """Delete posts of one author for good; none: they are gone already, and nothing happens.

    A post of a member is deleted wherever it went, and the author keeps what they wrote for a
    day. Of a post from elsewhere our copy goes, and is not taken in again. The record says when
    they were published; what they said is kept for a time, for who is asked to look again.

    Raises:
        What ``act_on`` does.
    """
    if not posts:
        return
    for_stewards = await list_reported(tx, ANY_STEWARD, [post.id for post in posts])
    author = await act_on(
        tx,
        of,
        Act.REMOVE,
        by=by,
        now=now,
        reason=reason,
        because=because,
        detail=dates_of(posts),
        said=words_of([one.post for one in for_stewards.values()]),
        report_id=report_id,
    )
    account = await find_account_of(tx, of)
    for post in posts:
        if account is not None and post.is_local:
            form = secrets.token_urlsafe(16)
            await delete_and_keep(tx, author, account.id, post.id, form=form)
        else:
            await intake.remove(tx, post.uri, author_id=of, author_uri=author.uri)
            await announce(tx, PostDeleted(post.id, of, post.uri))
