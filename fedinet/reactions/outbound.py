"""What members' ActivityPub clients do with others' posts: Like, Announce, and their Undo.

Source: https://www.w3.org/TR/activitypub/#like-activity-outbox, #undo-activity-outbox
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.client.dispatch import OutboundTable, Sources
from fedinet.client.model import Done, Draft, Posted
from fedinet.db.query import Tx
from fedinet.kernel.errors import FedinetError, NotFound
from fedinet.kernel.ids import ObjectUri, PostId
from fedinet.posts import store as posts
from fedinet.posts.remote import PostSource
from fedinet.reactions import commands, store
from fedinet.vocab.activity import as_document, type_of, uri_of

handlers = OutboundTable()

_FAVOURITES: Final = "write:favourites"
_STATUSES: Final = "write:statuses"


async def the_post(sources: Sources, draft: Draft) -> Mapping[str, Actor]:
    """Have the post here that it is about, if its server shows it to everybody."""
    uri = draft.activity.object_uri
    if uri is not None:
        source = PostSource(
            sources.pool, sources.actors, sources.actors.uris, policy=sources.actors.policy
        )
        with suppress(FedinetError):  # not to be had: then it is about no post here
            await source.find(uri, budget=sources.budget)
    return {}


@handlers.on("Like", scope=_FAVOURITES, gather=the_post)
async def like(tx: Tx, posted: Posted) -> Done | None:
    """Thank for a post. Of what is no post here the Like is kept and delivered as it is."""
    post_id = await _post_id(tx, posted)
    if post_id is None:
        return None
    post = await commands.like(tx, posted.author, post_id, uri=posted.uri)
    uri = await store.find_own_like_uri(tx, posted.author.id, post_id)
    return Done(
        uri=ObjectUri(uri or posted.uri),
        object_uri=post.uri,
        told=frozenset({post.author_id}),
    )


@handlers.on("Announce", scope=_STATUSES, gather=the_post)
async def announce(tx: Tx, posted: Posted) -> Done | None:
    """Boost a post to everyone."""
    post_id = await _post_id(tx, posted)
    if post_id is None:
        return None
    wanted = posted.addressed.visibility(posted.author)
    visibility = wanted if wanted in (Visibility.EVERYONE, Visibility.QUIET) else None
    made = await commands.boost(
        tx,
        posted.author,
        post_id,
        visibility=visibility or Visibility.FOLLOWERS,
        uri=posted.uri,
        besides=[one.id for one in posted.people.values()],
        now=posted.now,
    )
    post = await posts.get_answerable(tx, commands.as_viewer(posted.author), post_id)
    # The command tells the followers and the author, as every boost here does, and those named.
    told = frozenset({post.author_id, *(one.id for one in posted.people.values())})
    return Done(uri=ObjectUri(made.uri), object_uri=post.uri, told=told, is_delivered=True)


@handlers.on("Undo", scope=_FAVOURITES)
async def undo(tx: Tx, posted: Posted) -> Done | None:
    """Take back a Like or a boost: named by its id, or embedded."""
    uri = posted.activity.object_uri
    embedded = as_document(posted.activity.object) or {}
    of = uri_of(embedded.get("object"))
    kind = type_of(embedded)
    liked = await store.find_own_liked(tx, posted.author.id, uri)
    if liked is None and kind == "Like" and of is not None:
        liked = await posts.find_post_id_by_uri(tx, of)
    if liked is not None and await commands.unlike(tx, posted.author, liked, uri=posted.uri):
        return Done(uri=posted.uri, object_uri=uri, is_delivered=True)
    boosted = await store.find_own_boosted(tx, posted.author.id, uri)
    if boosted is None and kind == "Announce" and of is not None:
        boosted = await posts.find_post_id_by_uri(tx, of)
    if boosted is not None and await commands.unboost(tx, posted.author, boosted, uri=posted.uri):
        return Done(uri=posted.uri, object_uri=uri, is_delivered=True)
    return None


async def _post_id(tx: Tx, posted: Posted) -> PostId | None:
    """The post that it is about, if this member may see one of that name."""
    uri = posted.activity.object_uri
    post_id = None if uri is None else await posts.find_post_id_by_uri(tx, uri)
    if post_id is None:
        return None
    try:
        await posts.get_answerable(tx, commands.as_viewer(posted.author), post_id)
    except NotFound:
        return None
    return post_id
