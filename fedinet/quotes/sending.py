"""Telling others about a quote: in the caller's transaction, never the network."""

from fedinet.actors.store import get_actor
from fedinet.audiences.model import Viewer
from fedinet.db.query import Tx
from fedinet.kernel.ids import ActorId
from fedinet.kernel.names import new_activity_uri
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.posts import quote_store, reach, store
from fedinet.posts.activities import note_document
from fedinet.posts.quote_store import QuoteRow
from fedinet.quotes import activities


async def send_again(tx: Tx, quote: QuoteRow) -> None:
    """Promise a post of ours to its audience once more, with or without its stamp now.

    It says nothing new itself, so its ``updated`` stays: peers take it as such.
    """
    if quote.post_id is None:
        return
    author = await get_actor(tx, quote.quoter_id)
    post = await store.find_visible(tx, Viewer(author.id, is_member=True), quote.post_id)
    if post is not None:
        await reach.send_update(tx, author, post)


async def send_request(tx: Tx, quote: QuoteRow) -> None:
    """Promise the question to the author of what a post of ours quotes."""
    if quote.post_id is None or quote.quoted_author_id is None or quote.quoted_author_uri is None:
        return
    quoter = await get_actor(tx, quote.quoter_id)
    post = await store.find_visible(tx, Viewer(quoter.id, is_member=True), quote.post_id)
    if post is None:
        return
    uri = new_activity_uri(quoter.uri)
    request = activities.quote_request(
        quoter.uri,
        quote.quoted_author_uri,
        uri=uri,
        quoted=quote.quoted_uri,
        post=note_document(post, quoter, await reach.list_inside(tx, post)),
    )
    await quote_store.set_request(tx, quote.id, uri)
    await enqueue(tx, quoter.id, Audience(actors=(quote.quoted_author_id,), direct=True), request)


async def send_revocation(tx: Tx, author_id: ActorId, quote: QuoteRow) -> None:
    """Promise to tell the one who quoted, and the followers, who may have seen it."""
    if quote.stamp_uri is None:
        return
    author = await get_actor(tx, author_id)
    told = activities.delete_stamp(
        author.uri,
        quote.stamp_uri,
        quoting=quote.quoting_uri,
        quoted=quote.quoted_uri,
        to=quote.quoter_uri,
    )
    await enqueue(tx, author_id, Audience(followers=True, actors=(quote.quoter_id,)), told)
