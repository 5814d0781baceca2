"""After the commit: the words of posts are kept, so that they are found. Idempotent."""

from collections.abc import Mapping, Sequence

from fedinet.db.query import Tx
from fedinet.posts.signals import PostEdited, PostPublished
from fedinet.queue.signals import Effect
from fedinet.reactions.signals import Boosted, Liked
from fedinet.search import store


async def index_posts(tx: Tx, facts: Sequence[PostPublished] | Sequence[PostEdited]) -> None:
    await store.index_posts(tx, [fact.post_id for fact in facts])


async def index_liked(tx: Tx, facts: Sequence[Liked] | Sequence[Boosted]) -> None:
    """A member finds again what they liked or boosted."""
    await store.index_reacted(tx, [(fact.actor_id, fact.post_id) for fact in facts])


EFFECTS: Mapping[type, Effect] = {
    PostPublished: index_posts,
    PostEdited: index_posts,
    Liked: index_liked,
    Boosted: index_liked,
}
