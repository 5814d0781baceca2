"""What members do about quotes of their posts: take leave back, say who may from now on."""

from fedinet.actors.model import Actor
from fedinet.audiences.model import QuotePolicy, Visibility
from fedinet.db.query import Tx
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import PostId
from fedinet.kernel.problems import N_
from fedinet.posts import quote_store, reach, store
from fedinet.posts.model import Post
from fedinet.posts.quoting import QuoteState
from fedinet.quotes.sending import send_again, send_revocation


async def revoke(tx: Tx, author: Actor, quoting_id: PostId) -> None:
    """Take a post of ``author`` out of the post that quotes it, here and elsewhere. Idempotent.

    Raises:
        NotFound: that post does not quote one of theirs.
    """
    quote = await quote_store.lock_of_post(tx, quoting_id)
    if quote is None or quote.quoted_author_id != author.id:
        raise NotFound(f"post {quoting_id} does not quote {author.id}")
    if quote.state is QuoteState.REVOKED:
        return
    if quote.quoter_id == author.id:
        raise Unprocessable(
            f"revoke of own quote {quoting_id}",
            public=N_("This is your own post: change or delete it instead"),
        )
    await quote_store.settle(tx, quote.id, QuoteState.REVOKED)
    await send_revocation(tx, author.id, quote)
    if quote.quoter_is_ours:
        await send_again(tx, quote)


async def set_policy(tx: Tx, author: Actor, post_id: PostId, policy: QuotePolicy) -> Post:
    """Say who may quote a post from now on; who does so already is not touched.

    Raises:
        NotFound: not a post of this author.
        Unprocessable: a post to fewer than everyone, which nobody may quote.
    """
    post = await store.lock_own(tx, reach.as_viewer(author), post_id)
    if post.visibility is not Visibility.EVERYONE and policy is not QuotePolicy.NOBODY:
        raise Unprocessable(
            f"quotes of {post_id}, {post.visibility}",
            public=N_("Only posts to everyone can be quoted"),
        )
    if post.quote_policy is not policy:
        await quote_store.set_policy(tx, post_id, policy)
        post = await store.lock_own(tx, reach.as_viewer(author), post_id)
        await reach.send_update(tx, author, post)
    return post
