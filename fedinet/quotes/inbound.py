"""What remote actors do about quotes: ask, answer, and take leave back.

Idempotent by state: who asks again hears the same answer, with the same stamp;
what was taken back stays so.

Source: FEP-044f; facts of Mastodon 4.5 to 4.7, C11.
"""

from typing import Final

from fedinet.actors.store import get_actor
from fedinet.db.query import Conn, Tx
from fedinet.inbox.dispatch import ANYTHING, UNKNOWN_OBJECT, HandlerTable, Inbound, Needs
from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import ActorId
from fedinet.kernel.names import NodeUris
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.kernel.uris import origin_of, same_origin
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.posts import intake, quote_store
from fedinet.posts.arrivals import read_arrival
from fedinet.posts.quote_store import QuoteRow, QuoteTarget
from fedinet.posts.quoting import QuoteGranted, QuoteState, decide_quote
from fedinet.posts.signals import PostPublished
from fedinet.posts.softening import soften
from fedinet.queue.jobs import enqueue_job
from fedinet.quotes import activities
from fedinet.quotes.jobs import FETCH_QUOTING
from fedinet.quotes.sending import send_again
from fedinet.quotes.signals import QuoteAccepted
from fedinet.vocab.activity import Activity, Document, as_document, uri_of
from fedinet.vocab.note import parse_note
from fedinet.vocab.quote import is_stamp_for, read_claim
from fedinet.vocab.values import web_url

handlers = HandlerTable()

UNKNOWN_QUOTE: Final = Dropped("unknown_quote")
BAD_STAMP: Final = Dropped("bad_stamp")
NO_CHANGE: Final = Dropped("no_change")
_MALFORMED: Final = Dropped("malformed")
_MAX_UNSEEN: Final = 100
"""Posts that somebody may be granted a quote for within a day, and that never came."""


@handlers.on("QuoteRequest", ANYTHING)
async def answer_request(tx: Tx, inbound: Inbound) -> Outcome:
    """Answer who wants to quote a post of ours, by what the post says.

    Who may not see the post hears nothing: it is not there for them.
    """
    activity = inbound.activity
    quoting = web_url(uri_of(activity.document.get("instrument")))
    if quoting is None or not same_origin(quoting, activity.actor):
        return _MALFORMED
    embedded = as_document(activity.document.get("instrument"))
    claim = None if embedded is None else read_claim(embedded)
    if claim is not None and claim.uri != activity.object_uri:
        return Dropped("quotes_another")
    target = await quote_store.find_target(tx, activity.object_uri or "", inbound.actor_id)
    if target is None or not target.is_local:
        return UNKNOWN_OBJECT
    standing = await quote_store.lock_by_quoting(tx, quoting)
    if standing is not None and standing.quoter_id != inbound.actor_id:
        return Dropped("not_the_author")
    if standing is not None and standing.state is QuoteState.REVOKED:
        return await _refuse(tx, inbound, target, quoting, "quote_revoked")
    decision = decide_quote(
        target.visibility,
        target.policy,
        is_author=False,
        follows_author=target.follows_author,
        blocked=target.blocked,
    )
    if not isinstance(decision, QuoteGranted):
        if decision.reason in ("not_public", "blocked"):
            return UNKNOWN_OBJECT
        return await _refuse(tx, inbound, target, quoting, decision.reason)
    return await _grant(tx, inbound, target, quoting, standing)


async def _grant(
    tx: Tx, inbound: Inbound, target: QuoteTarget, quoting: str, standing: QuoteRow | None
) -> Outcome:
    author = await get_actor(tx, target.author_id)
    uris, quoted = NodeUris(origin_of(author.uri)), inbound.activity.object_uri
    assert quoted is not None  # noqa: S101  # found by it
    if standing is not None and standing.quoted_uri != quoted:
        return Dropped("quotes_another")
    most = _MAX_UNSEEN
    if standing is None and await quote_store.count_unseen(tx, inbound.actor_id, most=most) >= most:
        return Dropped("too_many_requests")
    quote_id = await quote_store.next_quote_id(tx) if standing is None else standing.id
    stamp = uris.quote_stamp(quote_id)
    if standing is None:
        await quote_store.grant(
            tx, quote_id, quoting=quoting, quoter_id=inbound.actor_id, quoted=quoted,
            quoted_id=target.id, stamp_uri=stamp,
        )  # fmt: skip
    else:
        await quote_store.settle(
            tx, quote_id, QuoteState.ACCEPTED, stamp_uri=stamp, quoted_id=target.id
        )
    request = _request(inbound.activity, quoting)
    answer = activities.accept(author.uri, request, stamp_uri=stamp)
    await _answer(tx, author.id, inbound.actor_id, answer)
    if standing is not None and standing.post_id is not None:
        news = standing.state is not QuoteState.ACCEPTED
        return Applied((QuoteAccepted(standing.post_id),) if news else ())
    return await _take_in(tx, inbound, quoting)


async def _take_in(tx: Tx, inbound: Inbound, quoting: str) -> Outcome:
    """Keep the post that quotes ours, as it was sent along; else promise to fetch it."""
    embedded = as_document(inbound.activity.document.get("instrument"))
    try:
        note = None if embedded is None else parse_note(embedded)
    except Malformed:
        note = None
    if note is None or note.uri != quoting or note.quote is None:
        await enqueue_job(tx, FETCH_QUOTING, {"uri": quoting}, unique_key=quoting)
        return Applied()
    arrival = read_arrival(
        note, author_id=inbound.actor_id, author_uri=inbound.activity.actor, now=inbound.now
    )
    if isinstance(arrival, Dropped):
        return Applied()
    softened = soften(arrival, inbound.effects)
    [kept] = await intake.take_in(tx, [softened], delivered=True, public_only=False)
    if isinstance(kept, Dropped):
        return Applied()
    return Applied((PostPublished(kept), QuoteAccepted(kept)))


async def _refuse(
    tx: Tx, inbound: Inbound, target: QuoteTarget, quoting: str, reason: str
) -> Outcome:
    author = await get_actor(tx, target.author_id)
    request = _request(inbound.activity, quoting)
    await _answer(tx, author.id, inbound.actor_id, activities.reject(author.uri, request))
    return Dropped(reason)


def _request(activity: Activity, quoting: str) -> Document:
    return activities.sent_request(
        activity.id or "", activity.actor, activity.object_uri or "", quoting
    )


async def _answer(tx: Tx, author: ActorId, quoter: ActorId, answer: Document) -> None:
    await enqueue(tx, author, Audience(actors=(quoter,), direct=True), answer)


async def the_stamp(_conn: Conn, activity: Activity) -> Needs:
    """The stamp that a yes names, as its own server shows it."""
    uri = web_url(uri_of(activity.document.get("result")))
    if uri is None or not same_origin(uri, activity.actor):
        return Needs()
    return Needs(objects=(uri,))


@handlers.on("Accept", "QuoteRequest", needs=the_stamp)
async def accept_quote(tx: Tx, inbound: Inbound) -> Outcome:
    """Our member may quote. The stamp must be for this very post, by this author."""
    quote = await _asked(tx, inbound)
    if quote is None or quote.post_id is None:
        return UNKNOWN_QUOTE
    if quote.state in (QuoteState.REVOKED, QuoteState.REJECTED):
        return NO_CHANGE
    uri = uri_of(inbound.activity.document.get("result")) or ""
    document = inbound.gathered.documents.get(uri)
    if document is None or not is_stamp_for(
        document,
        uri=uri,
        author=inbound.activity.actor,
        quoting=quote.quoting_uri,
        quoted=quote.quoted_uri,
    ):
        return BAD_STAMP
    if quote.state is QuoteState.ACCEPTED and quote.stamp_uri == uri:
        return NO_CHANGE
    await quote_store.settle(tx, quote.id, QuoteState.ACCEPTED, stamp_uri=uri)
    await send_again(tx, quote)
    return Applied((QuoteAccepted(quote.post_id),))


@handlers.on("Reject", "QuoteRequest")
async def reject_quote(tx: Tx, inbound: Inbound) -> Outcome:
    """Our member may not quote, or not any more."""
    quote = await _asked(tx, inbound)
    if quote is None:
        return UNKNOWN_QUOTE
    if quote.state not in (QuoteState.PENDING, QuoteState.ACCEPTED):
        return NO_CHANGE
    was_accepted = quote.state is QuoteState.ACCEPTED
    state = QuoteState.REVOKED if was_accepted else QuoteState.REJECTED
    await quote_store.settle(tx, quote.id, state)
    if was_accepted:
        await send_again(tx, quote)
    return Applied()


async def answer_by_uri(tx: Tx, inbound: Inbound) -> Outcome:
    """The same, where only the id of our request is named."""
    handler = accept_quote if inbound.activity.type == "Accept" else reject_quote
    outcome = await handler(tx, inbound)
    return UNKNOWN_OBJECT if outcome == UNKNOWN_QUOTE else outcome


handlers.on("Accept", "?", needs=the_stamp)(answer_by_uri)
handlers.on("Reject", "?")(answer_by_uri)


async def _asked(tx: Tx, inbound: Inbound) -> QuoteRow | None:
    """Find the request that is answered: one of ours, to the author who answers."""
    uri = inbound.activity.object_uri
    quote = None if uri is None else await quote_store.lock_by_request(tx, uri)
    return quote if quote is not None and quote.quoted_author_id == inbound.actor_id else None


@handlers.on("Delete", "QuoteAuthorization", "?")
async def revoke_quote(tx: Tx, inbound: Inbound) -> Outcome:
    """An author takes leave back, from ours and from others that we know."""
    uri = inbound.activity.object_uri
    if uri is None or not same_origin(uri, inbound.activity.actor):
        return UNKNOWN_OBJECT
    if inbound.is_forwarded and inbound.activity.object_type == "?":
        return UNKNOWN_OBJECT
    quotes = await quote_store.list_by_stamp(tx, uri, inbound.actor_id)
    if not quotes:
        return UNKNOWN_OBJECT
    for quote in quotes:
        await quote_store.settle(tx, quote.id, QuoteState.REVOKED)
        if quote.quoter_is_ours:
            await send_again(tx, quote)
    return Applied()
