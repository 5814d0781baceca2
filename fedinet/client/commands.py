"""What a client posted is done, kept, and delivered to whom it is for. Never the network."""

from collections.abc import Sequence
from typing import Final

import msgspec

from fedinet.client.dispatch import Entry
from fedinet.client.model import MAX_DOCUMENT_BYTES, Done, NotPossible, Posted, Refusal
from fedinet.db.query import Tx
from fedinet.inbox import activities_store
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.vocab.activity import PUBLIC, Document, uri_of
from fedinet.vocab.context import ACTIVITY_CONTEXT

_REFERENCED: Final = frozenset({"Accept", "Create", "Delete", "Reject", "Undo", "Update"})
"""Kinds whose object is read at its own address, where the gate stands. So an old Create or
Update shows nothing of what was deleted or narrowed since."""


async def do_posted(tx: Tx, entries: Sequence[Entry], posted: Posted) -> Done:
    """Let the first slice that knows the object do it, and see that everybody hears of it.

    Raises:
        NotPossible: nobody knows what it is about.
        FedinetError: what the slice's command raises.
    """
    for entry in entries:
        done = await entry.handler(tx, posted)
        if done is not None:
            break
    else:
        raise NotPossible("unknown_object", "There is nothing here that this could be about")
    document = done.document or _document(posted, done)
    if len(msgspec.json.encode(document)) > MAX_DOCUMENT_BYTES:
        raise Refusal("too_large", f"At most {MAX_DOCUMENT_BYTES} bytes")
    await _keep(tx, posted, done, document)
    if not done.is_delivered:
        await _deliver(tx, posted, done, document)
    return done


async def _keep(tx: Tx, posted: Posted, done: Done, document: Document) -> None:
    kind = posted.activity.type
    object_uri = done.object_uri or posted.activity.object_uri
    envelope = dict(document)
    if kind in _REFERENCED and object_uri is not None:
        envelope["object"] = object_uri
    named = {actor.id for actor in posted.people.values() if actor.is_local} | done.told
    await activities_store.keep_own(
        tx,
        uri=done.uri,
        actor_id=posted.author.id,
        kind=kind,
        object_uri=object_uri,
        is_public=PUBLIC in posted.addressed.everybody,
        envelope=envelope,
        named=sorted(named),
        to_followers=posted.addressed.reaches_followers(posted.author),
    )


async def _deliver(tx: Tx, posted: Posted, done: Done, document: Document) -> None:
    """Deliver to everybody it is addressed to, but for those whom the command told."""
    rest = tuple(
        actor.id
        for actor in posted.people.values()
        if not actor.is_local and actor.id not in done.told
    )
    followers = posted.addressed.reaches_followers(posted.author)
    if rest or followers:
        audience = Audience(followers=followers, actors=rest, direct=not followers)
        await enqueue(tx, posted.author.id, audience, document)


def _document(posted: Posted, done: Done) -> Document:
    """The client's own words under their new id. A made object is in ``done.document``."""
    said = {key: value for key, value in posted.document.items() if key != "@context"}
    object_uri = done.object_uri
    if object_uri is not None and uri_of(said.get("object")) != object_uri:
        said["object"] = object_uri
    published = posted.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"@context": ACTIVITY_CONTEXT, "published": published, **said, "id": done.uri}
