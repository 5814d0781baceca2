"""What a member's own acts do to their home, in the same transaction."""

from fedinet.db.query import Tx
from fedinet.posts.model import Post
from fedinet.timelines import store


async def place_own_post(tx: Tx, post: Post) -> None:
    """One's own post is there on the next GET; ``posts.commands.publish`` calls this.

    Followers' homes are written after the commit, see effects.py.
    """
    await store.place_own(tx, post.author_id, post.id)
