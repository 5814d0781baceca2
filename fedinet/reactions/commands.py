"""Liking, boosting and saving: what members do. Never the network.

``uri``: the id of the activity, where that is given already.
"""

from collections.abc import Sequence
from datetime import datetime

from fedinet.actors.model import Actor, check_is_here
from fedinet.actors.store import get_actor
from fedinet.audiences.model import Viewer, Visibility
from fedinet.db.query import Tx
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId, ObjectUri, PostId
from fedinet.kernel.names import new_activity_uri
from fedinet.kernel.problems import N_
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.posts.model import Post
from fedinet.posts.store import get_answerable, get_visible
from fedinet.queue.signals import announce
from fedinet.reactions import activities, bookmarks_store, muted_store, store
from fedinet.reactions.model import BOOST_VISIBILITIES, Boost, may_boost
from fedinet.reactions.signals import Boosted, Liked, Unboosted, Unliked


async def like(tx: Tx, actor: Actor, post_id: PostId, *, uri: ObjectUri | None = None) -> Post:
    """Like a post that the member may see; only its author hears of it. Again: nothing.

    Raises:
        NotFound: there is none, or it is not for this member.
    """
    post = await get_answerable(tx, as_viewer(actor), post_id)
    uri = uri or new_activity_uri(actor.uri)
    if await store.insert_like(tx, actor.id, post.id, uri=uri):
        author = await get_actor(tx, post.author_id)
        if not author.is_local:
            sent = activities.like(actor, post.uri, author.uri, uri=uri)
            await enqueue(tx, actor.id, Audience(actors=(author.id,), direct=True), sent)
        await announce(tx, Liked(actor.id, post.id))
    return post


async def unlike(tx: Tx, actor: Actor, post_id: PostId, *, uri: ObjectUri | None = None) -> bool:
    """Take a like back, also of a post that is not visible any more. False: there was none."""
    ended = await store.delete_like(tx, actor.id, post_id)
    if ended is None:
        return False
    author = await get_actor(tx, ended.author_id)
    if not author.is_local:
        undo = activities.undo_like(actor, ended.post_uri, author.uri, uri=ended.uri, own_uri=uri)
        await enqueue(tx, actor.id, Audience(actors=(author.id,), direct=True), undo)
    await announce(tx, Unliked(actor.id, post_id))
    return True


async def boost(
    tx: Tx,
    actor: Actor,
    post_id: PostId,
    *,
    visibility: Visibility = Visibility.EVERYONE,
    uri: ObjectUri | None = None,
    besides: Sequence[ActorId] = (),
    now: datetime,
) -> Boost:
    """Show a post to one's followers, and to those ``besides``. Again: the boost that stands.

    Raises:
        NotFound: there is none, or it is not for this member.
        Forbidden: the member has moved away.
        Unprocessable: the post is not for everyone, or a boost cannot have this audience.
    """
    check_is_here(actor)
    post = await get_answerable(tx, as_viewer(actor), post_id)
    if not may_boost(post.visibility):
        raise Unprocessable(
            f"boost of {post.id}, which is for {post.visibility}",
            public=N_("Only posts to everyone can be boosted"),
        )
    if visibility not in BOOST_VISIBILITIES:
        raise Unprocessable(
            f"boost to {visibility}", public=N_("A boost is for everyone or for your followers")
        )
    uri = uri or new_activity_uri(actor.uri)
    made = await store.insert_boost(tx, actor.id, post.id, uri=uri, visibility=visibility, now=now)
    if made is None:
        return await _standing(tx, actor, post)
    await _send(tx, actor, post, made, besides)
    await announce(tx, Boosted(made.id, actor.id, post.id))
    return made


async def _standing(tx: Tx, actor: Actor, post: Post) -> Boost:
    standing = await store.find_own_boost(tx, actor.id, post.id)
    if standing is None:
        raise Unprocessable(
            f"boost of {post.id} by {actor.id} taken back at the same moment",
            public=N_("Please try again"),
        )
    return standing


async def _send(tx: Tx, actor: Actor, post: Post, made: Boost, besides: Sequence[ActorId]) -> None:
    author = await get_actor(tx, post.author_id)
    sent = activities.announce(actor, made, post=post.uri, author=author.uri)
    await enqueue(tx, actor.id, Audience(followers=True, actors=(author.id, *besides)), sent)


async def unboost(tx: Tx, actor: Actor, post_id: PostId, *, uri: ObjectUri | None = None) -> bool:
    """Take a boost back, here and wherever it went. False: there was none."""
    ended = await store.delete_boost(tx, actor.id, post_id)
    if ended is None:
        return False
    made, of = ended
    author = await get_actor(tx, of.author_id)
    undo = activities.undo_announce(actor, made, post=of.post_uri, author=author.uri, own_uri=uri)
    await enqueue(tx, actor.id, Audience(followers=True, actors=(author.id,)), undo)
    await announce(tx, Unboosted(actor.id, post_id))
    return True


async def save(tx: Tx, actor: Actor, post_id: PostId) -> Post:
    """Save a post for oneself; nobody is told. Again: nothing.

    Raises:
        NotFound: there is none, or it is not for this member.
    """
    post = await get_visible(tx, as_viewer(actor), post_id)
    await bookmarks_store.add_bookmark(tx, actor.id, post.id)
    return post


async def unsave(tx: Tx, actor: Actor, post_id: PostId) -> None:
    """Save a post no longer; also one that is not visible any more."""
    await bookmarks_store.remove_bookmark(tx, actor.id, post_id)


def as_viewer(actor: Actor) -> Viewer:
    return Viewer(actor.id, is_member=True)


async def mute_thread(tx: Tx, actor: Actor, post_id: PostId) -> None:
    """Be told no more of the conversation of a post; nobody else is told. Again: nothing.

    Raises:
        NotFound: there is no such post, or it is not for this member.
    """
    post = await get_visible(tx, as_viewer(actor), post_id)
    await muted_store.mute_thread(tx, actor.id, post.root_id)


async def unmute_thread(tx: Tx, actor: Actor, post_id: PostId) -> None:
    """Be told of a conversation again.

    Raises:
        NotFound: there is no such post, or it is not for this member.
    """
    post = await get_visible(tx, as_viewer(actor), post_id)
    await muted_store.unmute_thread(tx, actor.id, post.root_id)
