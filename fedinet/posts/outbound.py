"""What members' ActivityPub clients do with objects: Create, Update, Delete, Add, Remove.

Source: https://www.w3.org/TR/activitypub/#create-activity-outbox to #remove-activity-outbox
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from fedinet.actors.model import Actor
from fedinet.client.dispatch import OutboundTable, Sources
from fedinet.client.model import Done, Draft, NotPossible, NotYours, Posted, Refusal
from fedinet.db.query import Tx
from fedinet.kernel.errors import FedinetError, NotFound
from fedinet.kernel.ids import PostId
from fedinet.kernel.names import NodeUris
from fedinet.kernel.uris import origin_of
from fedinet.posts import activities, client_commands, commands, given_store, reach, store
from fedinet.posts.client_commands import Reach
from fedinet.posts.client_votes import cast_vote
from fedinet.posts.commands import OnPublished
from fedinet.posts.given import COLLECTION_TYPES, changed, read_given
from fedinet.posts.mentions import resolve_mentions
from fedinet.posts.model import Post
from fedinet.posts.remote import PostSource
from fedinet.vocab.activity import Document, uri_of, uris_of

_WRITE: Final = "write:statuses"
_ADDRESSES: Final = ("to", "cc", "audience")


def handlers(on_published: OnPublished) -> OutboundTable:
    """The table of this slice. ``on_published`` puts a new post into its author's home."""
    table = OutboundTable()

    async def create(tx: Tx, posted: Posted) -> Done:
        return await _create(tx, posted, on_published)

    table.on("Create", scope=_WRITE, gather=_look_around)(create)
    table.on("Update", scope=_WRITE, gather=_look_around)(update)
    table.on("Delete", scope=_WRITE)(delete)
    table.on("Add", scope=_WRITE)(add)
    table.on("Remove", scope=_WRITE)(remove)
    return table


async def _look_around(sources: Sources, draft: Draft) -> Mapping[str, Actor]:
    """Find what an object answers, and whom its Markdown names."""
    document = draft.activity.object_document or {}
    parent = uri_of(document.get("inReplyTo"))
    if parent is not None:
        posts = PostSource(
            sources.pool, sources.actors, sources.actors.uris, policy=sources.actors.policy
        )
        with suppress(FedinetError):  # its server is away: the answer names it all the same
            await posts.find(parent, budget=sources.budget)
    markdown = read_given(document, {}).markdown
    return await resolve_mentions(sources.actors, markdown) if markdown else {}


async def _create(tx: Tx, posted: Posted, on_published: OnPublished) -> Done:
    """Make an object: a post like any other, whatever its type; or vote, if it is a vote.

    Raises:
        Refusal: only named, or more than one.
    """
    document = posted.activity.object_document
    if document is None or posted.activity.others:
        raise Refusal("no_single_object", "Create needs one object, embedded")
    vote = await cast_vote(tx, posted)
    if vote is not None:
        return vote
    post, create = await client_commands.publish_given(
        tx,
        posted.author,
        read_given(document, posted.addressed.fields()),
        Reach(
            visibility=posted.addressed.visibility(posted.author),
            followers=posted.addressed.reaches_followers(posted.author),
            people=tuple(posted.people.values()),
            shown=posted.shown_people,
        ),
        mentioned=posted.found,
        items=(*uris_of(document.get("orderedItems")), *uris_of(document.get("items"))),
        uris=_uris(posted),
        now=posted.now,
        on_published=on_published,
    )
    return Done(
        uri=activities.create_uri(post),
        object_uri=post.uri,
        document={**_extras(posted), **create},
        is_delivered=True,
    )


async def update(tx: Tx, posted: Posted) -> Done:
    """Change an object of one's own; keys that are not given stay.

    Raises:
        Refusal: the object is only named.
        NotYours, NotPossible: no object of this member.
    """
    change = posted.activity.object_document
    if change is None:
        raise Refusal("no_changes", "Update needs its object embedded, with what changes")
    post = await _own(tx, posted, posted.activity.object_uri)
    people = await reach.list_inside(tx, post)
    before = activities.note_document(post, posted.author, people)
    merged = changed(before, change)
    addresses = {key: merged[key] for key in _ADDRESSES if key in merged}
    await client_commands.edit_given(
        tx,
        posted.author,
        post.id,
        read_given({**merged, "type": post.kind}, addresses),
        mentioned=posted.found,
        besides=tuple(posted.people.values()),
        uris=_uris(posted),
        uri=posted.uri,
        now=posted.now,
    )
    return Done(uri=posted.uri, object_uri=post.uri, is_delivered=True)


async def delete(tx: Tx, posted: Posted) -> Done:
    """Delete an object of one's own, here and wherever it went.

    Raises:
        NotYours, NotPossible: no object of this member.
    """
    post = await _own(tx, posted, posted.activity.object_uri)
    await commands.delete(tx, posted.author, post.id, uri=posted.uri)
    return Done(uri=posted.uri, object_uri=post.uri, is_delivered=True)


async def add(tx: Tx, posted: Posted) -> Done | None:
    """Put something into a collection of one's own."""
    collection = await _own_collection(tx, posted)
    await given_store.add_items(tx, collection.id, _things(posted))
    return Done(uri=posted.uri, object_uri=posted.activity.object_uri)


async def remove(tx: Tx, posted: Posted) -> Done | None:
    """Take something out of a collection of one's own."""
    collection = await _own_collection(tx, posted)
    await given_store.remove_items(tx, collection.id, _things(posted))
    return Done(uri=posted.uri, object_uri=posted.activity.object_uri)


def _things(posted: Posted) -> tuple[str, ...]:
    """Raises ``Refusal`` for an object without an id: there is nothing to name it by."""
    things = uris_of(posted.document.get("object"))
    if not things:
        raise Refusal("no_object", "What is put into a collection needs an id")
    return things


async def _own_collection(tx: Tx, posted: Posted) -> Post:
    target = posted.activity.target
    try:
        collection = await _own(tx, posted, target)
    except NotPossible as error:
        raise NotYours("not_your_collection", "The target is no collection of yours") from error
    if collection.kind not in COLLECTION_TYPES:
        raise NotYours("not_your_collection", "The target is no collection of yours")
    return collection


async def _own(tx: Tx, posted: Posted, uri: str | None) -> Post:
    """Hold an object of the member.

    Raises:
        NotYours: it is somebody else's, or on another server.
        NotPossible: there is no such object.
    """
    if uri is None:
        raise Refusal("no_object", "The object needs an id")
    if not _uris(posted).is_ours(uri):
        raise NotYours("not_your_object", "This object is not yours")
    post_id = await store.find_own_post_id(tx, uri)
    if post_id is None:
        raise NotPossible("unknown_object", "There is no such object")
    try:
        return await store.lock_own(tx, reach.as_viewer(posted.author), PostId(post_id))
    except NotFound as error:
        raise NotYours("not_your_object", "This object is not yours") from error


def _uris(posted: Posted) -> NodeUris:
    return NodeUris(origin_of(posted.author.uri))


def _extras(posted: Posted) -> Document:
    """Properties that the client gave the Create itself."""
    return {
        key: value for key, value in posted.document.items() if key not in ("@context", "object")
    }
