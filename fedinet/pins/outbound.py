"""What members' ActivityPub clients show first: Add to and Remove from ``featured``.

Source: https://www.w3.org/TR/activitypub/#add-activity-outbox, #remove-activity-outbox
"""

from typing import Final

from fedinet.client.dispatch import OutboundTable
from fedinet.client.model import Done, NotPossible, NotYours, Posted, Refusal
from fedinet.db.query import Tx
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import PostId
from fedinet.pins import commands
from fedinet.posts.store import find_own_post_id

handlers = OutboundTable()

_WRITE: Final = "write:statuses"


@handlers.on("Add", scope=_WRITE)
async def add(tx: Tx, posted: Posted) -> Done | None:
    """Pin a post of one's own. Those whom the client addresses hear of it, and nobody else."""
    if posted.activity.target != posted.author.featured_uri:
        return None
    post_id = await _own_post(tx, posted)
    try:
        post = await commands.pin(tx, posted.author, post_id, tell=False)
    except NotFound as error:
        raise NotYours("not_your_object", "Only posts of your own stand first") from error
    return Done(uri=posted.uri, object_uri=post.uri)


@handlers.on("Remove", scope=_WRITE)
async def remove(tx: Tx, posted: Posted) -> Done | None:
    """Take a post down."""
    if posted.activity.target != posted.author.featured_uri:
        return None
    post_id = await _own_post(tx, posted)
    try:
        post = await commands.unpin(tx, posted.author, post_id, tell=False)
    except NotFound as error:
        raise NotYours("not_your_object", "Only posts of your own stand first") from error
    return Done(uri=posted.uri, object_uri=post.uri)


async def _own_post(tx: Tx, posted: Posted) -> PostId:
    uri = posted.activity.object_uri
    if uri is None:
        raise Refusal("no_object", "What stands first needs an id")
    post_id = await find_own_post_id(tx, uri)
    if post_id is None:
        raise NotPossible("unknown_object", "There is no such post here")
    return PostId(post_id)
