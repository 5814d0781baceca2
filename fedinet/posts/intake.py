"""Take in what others wrote: new posts in sets, edits, deletes. Inside the caller's transaction.

What comes through the inbox and what we fetch ourselves ends here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from fedinet.allies.posts_store import list_received_for
from fedinet.audiences.model import Visibility
from fedinet.audiences.store import forget_audiences, name_many, name_only
from fedinet.db.query import Tx
from fedinet.kernel.ids import ActorId, ActorUri, ObjectUri, PostId
from fedinet.kernel.outcomes import Dropped
from fedinet.polls import intake as polls_intake
from fedinet.polls import store as polls_store
from fedinet.polls.intake import Revised
from fedinet.polls.model import Poll
from fedinet.posts import local_store, quote_store, remote_store, thread_store
from fedinet.posts.arrivals import (
    Arrival,
    Facts,
    People,
    decide_arrival,
    mentioned_in,
    named_in,
    visibility_of,
)
from fedinet.posts.emoji_store import keep_emojis_of
from fedinet.posts.model import is_narrower
from fedinet.posts.quote_store import Claim
from fedinet.posts.quoting import QuoteState
from fedinet.posts.remote_store import NewRow, Stored
from fedinet.posts.signals import ThreadMoved
from fedinet.queue.jobs import enqueue_job
from fedinet.queue.signals import announce

FETCH_PARENT: Final = "posts.fetch_parent"
"""Job with ``{"uri": …}``: find the post that others answer, and put their answers under it."""

CHECK_QUOTE: Final = "quotes.check"
"""Job with ``{"post_id": …}``: find what a post quotes, and whether it may."""

_SNAPSHOT: Final = (Visibility.FOLLOWERS, Visibility.MENTIONED)
_ALREADY_KNOWN: Final = Dropped("already_known")


async def take_in(
    tx: Tx,
    arrivals: Sequence[Arrival],
    *,
    delivered: bool,
    public_only: bool,
    look_further: bool = True,
) -> list[PostId | Dropped]:
    """Store those of the arrivals that we keep; say for each its row or why not, in their order.

    One set of statements for all of them. ``delivered`` and ``public_only``
    are those of ``decide_arrival``. The same URI twice, at once or in another
    transaction, is stored once. What we fetched a moment before its author
    sends it (a boost or an answer was faster) is there, and news all the same.
    ``look_further`` False: what they quote is not looked for, so that it ends somewhere.
    """
    if not arrivals:
        return []
    parents = [arrival.parent_uri for arrival in arrivals if arrival.parent_uri is not None]
    await remote_store.lock_uris(tx, [arrival.uri for arrival in arrivals], parents)
    facts = await remote_store.list_facts(tx, arrivals, delivered=delivered)
    people = await remote_store.find_people(tx, arrivals)
    batch = _Batch(people, delivered=delivered, public_only=public_only)
    answers = [batch.add(a, f) for a, f in zip(arrivals, facts, strict=True)]
    if batch.announced:
        await remote_store.mark_announced(tx, batch.announced)
    if batch.rows:
        await _store(tx, list(batch.rows.values()), announced=delivered)
        await _claim_quotes(tx, list(batch.rows.values()), check=look_further)
        if delivered:
            await _look_for_parents(tx, batch.rows)
    return answers


class _Batch:
    """Decides arrival by arrival, so that an answer finds its parent in the same batch."""

    def __init__(self, people: People, *, delivered: bool, public_only: bool) -> None:
        self.rows: dict[ObjectUri, NewRow] = {}
        self.announced: list[PostId] = []
        """Rows that were fetched, and sent by their authors now."""
        self._people = people
        self._delivered = delivered
        self._public_only = public_only

    def add(self, arrival: Arrival, facts: Facts) -> PostId | Dropped:
        if arrival.uri in self.rows:
            return _ALREADY_KNOWN
        decision = decide_arrival(
            arrival,
            facts,
            self._people,
            delivered=self._delivered,
            public_only=self._public_only,
        )
        if isinstance(decision, Dropped):
            return self._announce(facts) if decision == _ALREADY_KNOWN else decision
        parent_id, root_id = facts.parent_id, facts.parent_root_id
        beside = None if arrival.parent_uri is None else self.rows.get(arrival.parent_uri)
        if beside is not None:
            parent_id, root_id = beside.id, beside.root_id
        self.rows[arrival.uri] = NewRow(
            id=facts.new_id,
            arrival=arrival,
            keep=decision,
            parent_id=parent_id,
            root_id=facts.new_id if root_id is None else root_id,
        )
        return facts.new_id

    def _announce(self, facts: Facts) -> PostId | Dropped:
        fetched_id = facts.fetched_id
        if not self._delivered or fetched_id is None or fetched_id in self.announced:
            return _ALREADY_KNOWN
        self.announced.append(fetched_id)
        return fetched_id


async def _store(tx: Tx, rows: Sequence[NewRow], *, announced: bool) -> None:
    await remote_store.insert_arrivals(tx, rows, announced=announced)
    named = [(row.id, actor_id) for row in rows for actor_id in row.keep.named]
    named += await _for_allies(tx, rows)
    if named:
        await name_many(tx, named)
    await polls_store.insert_polls(tx, _polls(rows))
    if any(row.arrival.emojis for row in rows):
        await keep_emojis_of(tx, [(row.id, row.arrival) for row in rows if row.arrival.emojis])
    await _attach_waiting(tx, [row.id for row in rows])


async def _attach_waiting(tx: Tx, post_ids: Sequence[PostId]) -> None:
    moved = await thread_store.attach_waiting(tx, post_ids)
    await announce(tx, *(ThreadMoved(old, new) for old, new in moved))


async def _for_allies(tx: Tx, rows: Sequence[NewRow]) -> list[tuple[PostId, ActorId]]:
    """Whom posts of allies are for besides us, so that answers from here keep to these."""
    posts = [
        (row.id, row.arrival.author_id, row.parent_id)
        for row in rows
        if row.keep.visibility is Visibility.ALLIES
    ]
    return await list_received_for(tx, posts) if posts else []


def _polls(rows: Sequence[NewRow]) -> list[tuple[PostId, Poll]]:
    return [(row.id, row.arrival.poll) for row in rows if row.arrival.poll is not None]


async def _claim_quotes(tx: Tx, rows: Sequence[NewRow], *, check: bool) -> None:
    """Store what new posts quote, and promise to find out whether they may."""
    claims = [claim for row in rows if (claim := _claim(row.id, row.arrival)) is not None]
    if not claims:
        return
    await quote_store.claim_quotes(tx, claims)
    for claim in claims if check else ():
        await promise_check(tx, claim.post_id)


async def promise_check(tx: Tx, post_id: PostId) -> None:
    await enqueue_job(tx, CHECK_QUOTE, {"post_id": post_id}, unique_key=str(post_id))


async def claim_again(tx: Tx, arrival: Arrival) -> bool:
    """Take over the stamp that an author put under a post meanwhile. False: nothing is new.

    Only a stamp: it comes without a later ``updated``, and is checked. What is
    agreed to is taken back by its Delete, never by leaving it out.
    """
    quote = arrival.quote
    stored = await quote_store.lock_by_quoting(tx, arrival.uri) if quote is not None else None
    if quote is None or stored is None or stored.post_id is None or quote.stamp_uri is None:
        return False
    if stored.quoter_id != arrival.author_id or stored.quoted_uri != quote.uri:
        return False
    if stored.state is not QuoteState.PENDING and stored.state is not QuoteState.UNAUTHORISED:
        return False
    if stored.stamp_uri != quote.stamp_uri:
        await quote_store.set_stamp(tx, stored.id, quote.stamp_uri)
    await promise_check(tx, stored.post_id)
    return True


def _claim(post_id: PostId, arrival: Arrival) -> Claim | None:
    quote = arrival.quote
    if quote is None:
        return None
    return Claim(
        quoting_uri=arrival.uri,
        post_id=post_id,
        quoter_id=arrival.author_id,
        quoted_uri=quote.uri,
        stamp_uri=quote.stamp_uri,
        asks=quote.asks,
    )


async def _look_for_parents(tx: Tx, rows: Mapping[ObjectUri, NewRow]) -> None:
    """Promise to find what new posts answer. Not for what we fetched: that would never end."""
    unknown = {row.arrival.parent_uri for row in rows.values() if row.parent_id is None}
    for uri in sorted(uri for uri in unknown if uri is not None and uri not in rows):
        await enqueue_job(tx, FETCH_PARENT, {"uri": uri}, unique_key=uri)


async def hold(tx: Tx, uris: Sequence[str]) -> None:
    """Let nobody else store, change or delete these posts until ``tx`` ends."""
    await remote_store.lock_uris(tx, uris)


async def attach_to(tx: Tx, uri: str, post_id: PostId) -> None:
    """Put the answers that wait for a post, and came side by side with it, under it."""
    await remote_store.lock_uris(tx, [uri])
    await _attach_waiting(tx, [post_id])


async def revise(
    tx: Tx, arrival: Arrival, *, written_at: datetime, said_at: datetime | None, now: datetime
) -> PostId | Revised | Dropped | None:
    """Apply an edit that its author sent; None where we do not have the post.

    Only what is newer than what we have (TRAPS 5). The audience may become
    narrower and never wider; whom it no longer names is out of it. ``Revised``:
    only its poll was counted anew, by an Update of the date ``said_at``.
    """
    await remote_store.lock_uris(tx, [arrival.uri])
    stored = await remote_store.lock_stored(tx, arrival)
    if stored is None:
        return None
    if stored.author_id != arrival.author_id:
        return Dropped("not_the_author")
    is_edit = arrival.edited_at is not None and arrival.edited_at > stored.written_at
    polled = await polls_intake.revise(
        tx, stored.id, arrival.poll, said_at=said_at, is_edit=is_edit, now=now
    )
    if written_at <= stored.written_at:
        return polled if polled.counted else Dropped("not_newer")
    wanted = visibility_of(arrival, stored.followers_uri, stored.allies_uri)
    visibility = wanted if is_narrower(wanted, stored.visibility) else stored.visibility
    stored = replace(stored, is_same=stored.is_same and not polled.replaced)
    if stored.is_same and visibility is stored.visibility:
        return polled if polled.counted else Dropped("nothing_changed")
    await _write_edit(tx, stored, arrival, written_at, visibility)
    return stored.id


async def _write_edit(
    tx: Tx, stored: Stored, arrival: Arrival, written_at: datetime, visibility: Visibility
) -> None:
    if stored.is_same:
        await remote_store.narrow(tx, stored.id, visibility)
    else:
        await local_store.keep_revision(tx, stored.id, stored.asked)
        await remote_store.update_remote(
            tx, stored.id, arrival, edited_at=written_at, visibility=visibility
        )
        await local_store.replace_tags(tx, stored.id, arrival.tags)
        await keep_emojis_of(tx, [(stored.id, arrival)])
        await _requote(tx, stored.id, arrival)
    people = await remote_store.find_people(tx, [arrival])
    await local_store.replace_mentions(tx, stored.id, mentioned_in(arrival, people))
    if visibility in _SNAPSHOT:
        await name_only(tx, stored.id, named_in(arrival, people))
    elif visibility is Visibility.ALLIES and visibility is not stored.visibility:
        whom = [(stored.id, stored.author_id, stored.parent_id)]
        await name_many(tx, await list_received_for(tx, whom))
    if visibility is not stored.visibility and stored.parent_id is not None:
        await thread_store.recount_replies(tx, [stored.parent_id])


async def _requote(tx: Tx, post_id: PostId, arrival: Arrival) -> None:
    """Follow an edit that quotes something else, or nothing any more."""
    claim = _claim(post_id, arrival)
    before = await quote_store.lock_of_post(tx, post_id)
    if claim is None and before is not None:
        await quote_store.drop_quote(tx, post_id)
    elif claim is not None and (before is None or before.quoted_uri != claim.quoted_uri):
        await quote_store.claim_quotes(tx, [claim])
        await promise_check(tx, post_id)


async def remove(
    tx: Tx, uri: ObjectUri, *, author_id: ActorId, author_uri: ActorUri
) -> PostId | Dropped | None:
    """Delete a remote post at its author's word; None where there was none.

    The tombstone stays in every case, so that a Create which comes later, or is
    being stored just now, does not bring the post back.
    """
    await remote_store.lock_uris(tx, [uri])
    found = await remote_store.lock_author_of(tx, uri)
    if found is None:
        await local_store.insert_tombstone(tx, uri, author_uri)
        return None
    post_id, owner_id = found
    if owner_id != author_id:
        return Dropped("not_the_author")
    await forget_audiences(tx, [post_id])
    await local_store.delete_posts(tx, [post_id], author=author_uri)
    return post_id


async def remove_some_of(
    tx: Tx, author_id: ActorId, *, limit: int
) -> Sequence[tuple[PostId, ObjectUri]]:
    """Delete the oldest posts of an author who is gone, a few at a time; returns what went.

    No tombstones: nothing of an actor that is gone is ever taken in again.
    """
    gone = await remote_store.delete_some_of(tx, author_id, limit=limit)
    await forget_audiences(tx, [post_id for post_id, _ in gone])
    return gone
