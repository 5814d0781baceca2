"""What a new post of ours quotes: whether it may, and how that begins. In a transaction."""

from dataclasses import dataclass
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.audiences.model import QuotePolicy, Visibility
from fedinet.db.query import Tx
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.names import NodeUris
from fedinet.kernel.problems import N_
from fedinet.posts import quote_store, reach, store
from fedinet.posts.model import Draft, Post
from fedinet.posts.quoting import Quote, QuoteRefused, QuoteState, decide_quote, may_ask

_NOT_TO_EVERYONE: Final = N_("Only posts to everyone can be quoted")
_NOT_ALLOWED: Final = N_("%(name)s does not let you quote this post")
_TOO_SMALL: Final = N_(
    "A post that quotes somebody elsewhere has to be for everyone: they are asked, and shown it"
)


@dataclass(frozen=True, slots=True)
class NewQuote:
    """What is quoted, and the number of the row to be."""

    id: int
    quote: Quote


async def find_quoted(
    tx: Tx, uris: NodeUris, author: Actor, draft: Draft, visibility: Visibility
) -> NewQuote | None:
    """Find what a draft quotes. Quoting oneself needs no leave; people here answer at once,
    by what their post says; people elsewhere are asked after the post is published.

    Raises:
        NotFound: it is not there, or not for this author.
        Unprocessable: it must not be quoted, or not in a post to so few.
    """
    if draft.quoted_id is None:
        return None
    post = await store.get_answerable(tx, reach.as_viewer(author), draft.quoted_id)
    if post.visibility is not Visibility.EVERYONE:
        raise Unprocessable(f"quote of {post.id}, {post.visibility}", public=_NOT_TO_EVERYONE)
    quote_id = await quote_store.next_quote_id(tx)
    state, stamp = QuoteState.ACCEPTED, None
    if post.author_id == author.id:
        pass
    elif post.is_local:
        await _check_leave(tx, author, post)
        stamp = uris.quote_stamp(quote_id)
    else:
        await _check_worth_asking(tx, post, visibility)
        state = QuoteState.PENDING
    quote = Quote(post.uri, state, post.id, stamp, post.page_url)
    return NewQuote(quote_id, quote)


async def keep_quoted(tx: Tx, post: Post, new: NewQuote | None) -> None:
    if new is not None:
        await quote_store.insert_own(
            tx, new.id, new.quote, quoting=post.uri, post_id=post.id, author_id=post.author_id
        )


async def _check_leave(tx: Tx, author: Actor, post: Post) -> None:
    target = await quote_store.find_target(tx, post.uri, author.id)
    if target is None:
        raise NotFound(f"post {post.id} went a moment ago")
    decision = decide_quote(
        target.visibility,
        target.policy,
        is_author=False,
        follows_author=target.follows_author,
        blocked=target.blocked,
    )
    if isinstance(decision, QuoteRefused):
        await _refuse(tx, post)


async def _check_worth_asking(tx: Tx, post: Post, visibility: Visibility) -> None:
    if post.quote_policy is QuotePolicy.NOBODY:
        await _refuse(tx, post)
    if not may_ask(visibility):
        raise Unprocessable(f"quote of {post.id} to {visibility}", public=_TOO_SMALL)


async def _refuse(tx: Tx, post: Post) -> None:
    owner = await get_actor(tx, post.author_id)
    raise Unprocessable(
        f"no leave to quote {post.id}", public=_NOT_ALLOWED, values={"name": owner.display_name}
    )
