"""Deleting a post so that its author keeps what they wrote for a day, in the form for writing."""

from fedinet.actors.model import Actor
from fedinet.db.query import Tx
from fedinet.kernel.ids import AccountId, PostId
from fedinet.posts import commands, kept_store
from fedinet.posts.kept_store import Kept
from fedinet.posts.model import Post
from fedinet.posts.write_again import draft_of, may_be_written_again, typed


async def delete_and_keep(
    tx: Tx, author: Actor, account_id: AccountId, post_id: PostId, *, form: str
) -> Post:
    """Delete a local post for good, and keep it in the form with this key, if one can say it.

    Returns what it was.

    Raises:
        NotFound: not a post of this author.
    """
    post = await commands.delete(tx, author, post_id, keep_files=True)
    if may_be_written_again(post):
        before = draft_of(post)
        values = {**typed(before), "once": form}
        kept = Kept(values=values, files=before.files, before=before)
        await kept_store.keep(tx, account_id, form, kept, of_post=post_id)
    return post
