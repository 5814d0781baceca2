"""What members show first on their page. Followers elsewhere are told. Idempotent."""

from fedinet.actors.model import Actor
from fedinet.db.query import Tx
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import PostId
from fedinet.kernel.problems import N_
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.pins import activities, store
from fedinet.pins.model import MAX_PINS, MAX_TAGS, may_pin
from fedinet.posts.model import Post, Tag
from fedinet.posts.reach import as_viewer
from fedinet.posts.store import lock_own
from fedinet.vocab.activity import Document


async def pin(tx: Tx, actor: Actor, post_id: PostId, *, tell: bool = True) -> Post:
    """Show a post of one's own first. ``tell``: the followers elsewhere hear of it.

    Raises:
        NotFound: not a post of this actor.
        Unprocessable: it is not for everybody, or there are five already.
    """
    post = await lock_own(tx, as_viewer(actor), post_id)
    if not may_pin(post.visibility):
        raise Unprocessable(
            f"pin of {post_id}, {post.visibility}",
            public=N_("Only posts that everyone can see stand first on your page"),
        )
    await store.lock_owner(tx, actor.id)
    full = await store.count_pins(tx, actor.id) >= MAX_PINS
    if await store.insert_pin(tx, actor.id, post_id):
        if full:
            raise Unprocessable(
                f"{actor.username} has {MAX_PINS} pins",
                public=N_("At most %(most)d posts stand first: take one down before"),
                values={"most": MAX_PINS},
            )
        if tell:
            await _tell(tx, actor, activities.add(actor, post.uri))
    return post


async def unpin(tx: Tx, actor: Actor, post_id: PostId, *, tell: bool = True) -> Post:
    """Let a post stand where it was written.

    Raises:
        NotFound: not a post of this actor.
    """
    post = await lock_own(tx, as_viewer(actor), post_id)
    if await store.delete_pin(tx, actor.id, post_id) and tell:
        await _tell(tx, actor, activities.remove(actor, post.uri))
    return post


async def feature_tag(tx: Tx, actor: Actor, tag: Tag) -> None:
    """Show a hashtag.

    Raises:
        Unprocessable: it is there, or there are ten.
    """
    if not await store.insert_tag(tx, actor.id, tag, most=MAX_TAGS):
        raise Unprocessable(
            f"tag {tag.name} of {actor.username}",
            public=N_("This hashtag is there already, or there are enough"),
        )
    await _tell(tx, actor, activities.add(actor, activities.hashtag(actor, tag)))


async def unfeature_tag(tx: Tx, actor: Actor, name: str) -> bool:
    """Show a hashtag no more. False: it was not shown."""
    tag = await store.delete_tag(tx, actor.id, name)
    if tag is not None:
        await _tell(tx, actor, activities.remove(actor, activities.hashtag(actor, tag)))
    return tag is not None


async def _tell(tx: Tx, actor: Actor, activity: Document) -> None:
    await enqueue(tx, actor.id, Audience(followers=True), activity)
