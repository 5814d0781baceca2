"""Stewards take reported posts away: one act on their author, and each post deleted. Commands."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from fedinet.accounts.store import find_account_of
from fedinet.audiences.model import Visibility
from fedinet.db.query import Tx
from fedinet.kernel.ids import ActorId
from fedinet.markup.beginnings import beginning_of
from fedinet.markup.sanitise import plain_text
from fedinet.moderation.commands import act_on
from fedinet.moderation.reasons import Because
from fedinet.moderation.rights import Act, Acting
from fedinet.posts import intake
from fedinet.posts.keeping import delete_and_keep
from fedinet.posts.model import Post
from fedinet.posts.signals import PostDeleted
from fedinet.queue.signals import announce

_FOR_STEWARDS: Final = frozenset({Visibility.EVERYONE, Visibility.QUIET, Visibility.COMMUNITY})
"""Audiences that every steward belongs to: of other posts no words are kept for them."""
_MOST_KEPT: Final = 20_000


def words_of(posts: Sequence[Post]) -> str:
    """What posts said that every steward could read: title, note, text, poll, pictures' words.

    Each has its share of what is kept, so that a long one leaves room for the others.
    """
    kept = [post for post in posts if post.visibility in _FOR_STEWARDS]
    return "\n\n".join(_beginning(post, _MOST_KEPT // len(kept)) for post in kept).strip()


def _beginning(post: Post, most: int) -> str:
    said = "\n".join(filter(None, _parts(post)))
    return said if len(said) <= most else beginning_of(said, most)


def _parts(post: Post) -> Iterator[str]:
    yield post.content_note
    yield post.about.title or ""
    yield plain_text(post.html)
    yield from () if post.poll is None else post.poll.titles
    yield from (attachment.description for attachment in post.attachments)


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
    author = await act_on(
        tx,
        of,
        Act.REMOVE,
        by=by,
        now=now,
        reason=reason,
        because=because,
        detail=dates_of(posts),
        said=words_of(posts),
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
