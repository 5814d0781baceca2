"""What remote actors do with their posts: Create, Update, Delete.

The activity is authentic; whether its object is the actor's own, newer, and
any concern of ours is decided here.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from fedinet.db.query import Conn, Tx
from fedinet.inbox.dispatch import GONE, UNKNOWN_OBJECT, Entry, HandlerTable, Inbound, Needs
from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import PostId
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.kernel.uris import same_origin
from fedinet.polls.inbound import count_votes, is_vote
from fedinet.polls.intake import Revised
from fedinet.posts import intake, store
from fedinet.posts.arrivals import Arrival, read_arrival
from fedinet.posts.signals import PostDeleted, PostEdited, PostPublished
from fedinet.posts.softening import soften
from fedinet.vocab.activity import Activity, Document, type_of
from fedinet.vocab.kinds import ANY_THING, NOTE_TYPES, kind_of
from fedinet.vocab.note import NoPost, parse_note, unwrapped
from fedinet.vocab.values import moment

handlers = HandlerTable()

_MALFORMED: Final = Dropped("malformed")
_NEW_FOR: Final = timedelta(days=1)
"""An Update of a post that we do not have is taken for its Create as long as it is so young.

Source: Mastodon 4.6 (#36848).
"""


async def create_notes(tx: Tx, batch: Sequence[Inbound]) -> list[Outcome]:
    """Store the posts of a whole batch by one set of statements, and count the votes among them."""
    votes = [at for at, inbound in enumerate(batch) if is_vote(inbound.activity)]
    others = sorted(set(range(len(batch))) - set(votes))
    stored = await _store_notes(tx, [batch[at] for at in others])
    counted = await count_votes(tx, [batch[at] for at in votes])
    outcomes = dict(zip(others, stored, strict=True)) | dict(zip(votes, counted, strict=True))
    return [outcomes[at] for at in range(len(batch))]


async def _store_notes(tx: Tx, batch: Sequence[Inbound]) -> list[Outcome]:
    read = [_embedded(inbound) for inbound in batch]
    arrivals = [arrival for arrival in read if isinstance(arrival, Arrival)]
    stored = iter(await intake.take_in(tx, arrivals, delivered=True, public_only=False))
    return [item if isinstance(item, Dropped) else _published(next(stored)) for item in read]


async def create_note(tx: Tx, inbound: Inbound) -> Outcome:
    """Store one post.

    Source: https://www.w3.org/TR/activitypub/#create-activity-inbox
    """
    return (await create_notes(tx, [inbound]))[0]


async def the_object(_conn: Conn, activity: Activity) -> Needs:
    """The object of an activity that names it by URI only, or embeds another server's."""
    uri = activity.object_uri
    return Needs() if uri is None else Needs(objects=(uri,))


async def create_linked(tx: Tx, inbound: Inbound) -> Outcome:
    """Store a post that was named by its URI. Our node actor fetched it: public ones only."""
    document = _fetched(inbound)
    if isinstance(document, Dropped):
        return document
    arrival = _arrival(inbound, document)
    if isinstance(arrival, Dropped):
        return arrival
    [stored] = await intake.take_in(tx, [arrival], delivered=True, public_only=True)
    return _published(stored)


async def update_note(tx: Tx, inbound: Inbound) -> Outcome:
    """Apply an edit, or take a young post that we have not seen for new.

    Source: https://www.w3.org/TR/activitypub/#update-activity-inbox
    """
    return await _revise(tx, inbound, _embedded(inbound), public_only=False)


async def update_notes(tx: Tx, batch: Sequence[Inbound]) -> list[Outcome]:
    """The edits of a whole batch, each by its own rules, in one transaction."""
    await _hold(tx, batch)
    return [await update_note(tx, inbound) for inbound in batch]


async def delete_notes(tx: Tx, batch: Sequence[Inbound]) -> list[Outcome]:
    """The same for deletes."""
    await _hold(tx, batch)
    return [await delete_note(tx, inbound) for inbound in batch]


async def _hold(tx: Tx, batch: Sequence[Inbound]) -> None:
    """Hold what a batch is about, all at once: two batches one by one would wait for each other."""
    await intake.hold(tx, [uri for one in batch if (uri := one.activity.object_uri) is not None])


async def update_linked(tx: Tx, inbound: Inbound) -> Outcome:
    """The same for a post that was named by its URI."""
    document = _fetched(inbound)
    if isinstance(document, Dropped):
        return document
    arrival = _arrival(inbound, document)
    if isinstance(arrival, Arrival) and not arrival.is_public:
        return Dropped("not_public")
    return await _revise(tx, inbound, arrival, public_only=True)


async def delete_note(tx: Tx, inbound: Inbound) -> Outcome:
    """Delete a post at its author's word, known or not. Never anybody else's.

    An unknown URI leaves a tombstone, so this answers for every object that no
    slice before it knows.

    Source: https://www.w3.org/TR/activitypub/#delete-activity-inbox
    """
    activity = inbound.activity
    uri = activity.object_uri
    if uri is None:
        return _MALFORMED
    if not same_origin(uri, activity.actor):
        return Dropped("foreign_object")
    if inbound.is_forwarded and not await store.is_public(tx, uri):
        return Dropped("not_vouched")  # it is "not found" for us at its origin in any case
    gone = await intake.remove(tx, uri, author_id=inbound.actor_id, author_uri=activity.actor)
    if isinstance(gone, Dropped):
        return gone
    return Applied(() if gone is None else (PostDeleted(gone, inbound.actor_id, uri),))


async def _revise(
    tx: Tx, inbound: Inbound, arrival: Arrival | Dropped, *, public_only: bool
) -> Outcome:
    if isinstance(arrival, Dropped):
        return arrival
    stamped = await intake.claim_again(tx, arrival)
    changed = await intake.revise(
        tx,
        arrival,
        written_at=_written_at(inbound, arrival),
        said_at=_sent_at(inbound),
        now=inbound.now,
    )
    if isinstance(changed, Revised):
        return Applied()
    if isinstance(changed, Dropped):
        return Applied() if stamped else changed
    if changed is not None:
        return Applied((PostEdited(changed),))
    if inbound.now - arrival.published_at > _NEW_FOR:
        return UNKNOWN_OBJECT
    [stored] = await intake.take_in(tx, [arrival], delivered=True, public_only=public_only)
    return _published(stored)


def _written_at(inbound: Inbound, arrival: Arrival) -> datetime:
    """When an edit was made: the post's ``updated``, else the activity's own date. Never ahead."""
    if arrival.edited_at is not None:
        return arrival.edited_at
    return _sent_at(inbound) or arrival.published_at


def _sent_at(inbound: Inbound) -> datetime | None:
    """The date of an activity, never ahead."""
    sent = moment(inbound.activity.document.get("published"))
    return None if sent is None else min(sent, inbound.now)


def _embedded(inbound: Inbound) -> Arrival | Dropped:
    document = inbound.activity.object_document
    return _MALFORMED if document is None else _arrival(inbound, document)


def _arrival(inbound: Inbound, document: Document) -> Arrival | Dropped:
    activity = inbound.activity
    try:
        note = parse_note(document, activity)
    except NoPost as error:
        return Dropped(error.reason)
    except Malformed:
        return _MALFORMED
    arrival = read_arrival(
        note,
        author_id=inbound.actor_id,
        author_uri=activity.actor,
        now=inbound.now,
        envelope=activity,
    )
    if isinstance(arrival, Dropped):
        return arrival
    return replace(soften(arrival, inbound.effects), is_brought=inbound.brought_by is not None)


def _fetched(inbound: Inbound) -> Document | Dropped:
    uri = inbound.activity.object_uri
    document = None if uri is None else inbound.gathered.documents.get(uri)
    if document is None:
        return UNKNOWN_OBJECT
    if document is GONE or type_of(document) == "Tombstone":
        return Dropped("deleted")
    document = unwrapped(document)
    return UNKNOWN_OBJECT if kind_of(document) is None else document


def _published(stored: PostId | Dropped) -> Outcome:
    if isinstance(stored, Dropped):
        return stored
    return Applied((PostPublished(stored),))


for _kind in (ANY_THING, *sorted(NOTE_TYPES)):
    handlers.add(("Create", _kind), Entry(create_note, many=create_notes))
    handlers.add(("Update", _kind), Entry(update_note, many=update_notes))
    handlers.add(("Delete", _kind), Entry(delete_note, many=delete_notes))
handlers.add(("Create", "?"), Entry(create_linked, needs=the_object))
handlers.add(("Update", "?"), Entry(update_linked, needs=the_object))
handlers.add(("Delete", "Tombstone"), Entry(delete_note, many=delete_notes))
handlers.add(("Delete", "?"), Entry(delete_note))
