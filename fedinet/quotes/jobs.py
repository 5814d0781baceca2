"""Work about quotes that can wait: fetch what is quoted, check the stamp, fetch who quotes us.

One level deep: what is found here is kept, and what it quotes in turn is not looked for.
"""

from collections.abc import Mapping
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.kernel.errors import FedinetError, Malformed
from fedinet.kernel.ids import PostId
from fedinet.kernel.uris import same_origin
from fedinet.net.budget import Budget
from fedinet.posts import quote_store
from fedinet.posts.intake import CHECK_QUOTE
from fedinet.posts.quote_store import QuoteRow
from fedinet.posts.quoting import QuoteState
from fedinet.posts.remote import Documents, Posts
from fedinet.queue.signals import announce
from fedinet.quotes.signals import QuoteAccepted
from fedinet.vocab.quote import is_stamp_for

__all__ = ["CHECK_QUOTE", "FETCH_QUOTING", "check_quote", "fetch_quoting"]

FETCH_QUOTING: Final = "quotes.fetch_quoting"
"""Job with ``{"uri": …}``: fetch a post that quotes one of ours by leave."""
_MAX_REQUESTS: Final = 8
"""The quoted post, its author with a handle, the stamp, and redirects."""


async def check_quote(
    pool: Pool, posts: Posts, documents: Documents, payload: Mapping[str, object]
) -> None:
    """Find what a post quotes, and whether its author agreed. Idempotent.

    Raises:
        RemoteUnavailable: a server does not answer now; the queue tries again.
        Malformed: not a payload of this job.
    """
    post_id = payload.get("post_id")
    if not isinstance(post_id, int):
        raise Malformed(f"{CHECK_QUOTE} with {payload}")
    quote = await _read(pool, PostId(post_id))
    if quote is None or quote.state not in (QuoteState.PENDING, QuoteState.UNAUTHORISED):
        return
    budget = Budget(_MAX_REQUESTS)
    quoted_id = await posts.find(quote.quoted_uri, budget=budget, look_further=False)
    if quoted_id is None:
        return
    async with transaction(pool) as tx:  # it may have come a moment ago: now its author is known
        await quote_store.settle(tx, quote.id, quote.state, quoted_id=quoted_id)
    quote = await _read(pool, PostId(post_id))
    if quote is None or not await _is_agreed(documents, quote, budget):
        return
    async with transaction(pool) as tx:
        now = await quote_store.lock_of_post(tx, PostId(post_id))
        if now is None or (now.quoted_uri, now.stamp_uri, now.state) != (
            quote.quoted_uri, quote.stamp_uri, quote.state
        ):  # fmt: skip
            return
        await quote_store.settle(tx, quote.id, QuoteState.ACCEPTED)
        await announce(tx, QuoteAccepted(PostId(post_id)))


async def fetch_quoting(pool: Pool, posts: Posts, payload: Mapping[str, object]) -> None:
    """Fetch a post that quotes one of ours, and tell who is quoted.

    Raises:
        RemoteUnavailable: its server does not answer now; the queue tries again.
        Malformed: not a payload of this job.
    """
    uri = payload.get("uri")
    if not isinstance(uri, str):
        raise Malformed(f"{FETCH_QUOTING} with {payload}")
    post_id = await posts.find(uri, budget=Budget(_MAX_REQUESTS), look_further=False)
    if post_id is None:
        return
    async with transaction(pool) as tx:
        quote = await quote_store.lock_of_post(tx, post_id)
        if quote is not None and quote.state is QuoteState.ACCEPTED:
            await announce(tx, QuoteAccepted(post_id))


async def _is_agreed(documents: Documents, quote: QuoteRow, budget: Budget) -> bool:
    """Authors agree with themselves; else the stamp must stand at the quoted author's server."""
    author = quote.quoted_author_uri
    if quote.quoted_author_id == quote.quoter_id:
        return True
    if author is None or quote.stamp_uri is None or quote.quoted_is_ours:
        return False  # who may quote us stands in our own row
    if not same_origin(quote.stamp_uri, author):
        return False
    try:
        document, _url = await documents.document(quote.stamp_uri, budget=budget)
    except FedinetError as error:
        if error.retryable:
            raise
        return False
    return is_stamp_for(
        document,
        uri=quote.stamp_uri,
        author=author,
        quoting=quote.quoting_uri,
        quoted=quote.quoted_uri,
    )


async def _read(pool: Pool, post_id: PostId) -> QuoteRow | None:
    async with transaction(pool) as tx:
        return await quote_store.lock_of_post(tx, post_id)
