"""Blocking and muting: what local people do. Never the network."""

from datetime import datetime

from fedinet.actors.model import Actor
from fedinet.db.query import Tx
from fedinet.follows import activities, blocks_store
from fedinet.follows.commands import remove_follower, unfollow
from fedinet.follows.model import is_node_actor
from fedinet.kernel.errors import Forbidden, Unprocessable
from fedinet.kernel.ids import ObjectUri
from fedinet.kernel.names import new_activity_uri
from fedinet.kernel.problems import N_
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue


async def block(
    tx: Tx, actor: Actor, target: Actor, *, uri: ObjectUri | None = None, tell: bool = True
) -> bool:
    """Block somebody: neither sees the other's posts, and follows end both ways.

    False if the block stood before. ``tell``: their server hears of it.

    Deviates: ActivityPub 6.9 says a Block should not be delivered to its object;
    Mastodon and its relatives do deliver it, and only so does the other server
    stop showing what it already has and stop its user from answering. That is
    what members mean on pages and in Mastodon's apps. Who posts a Block by an
    ActivityPub client says themselves to whom it goes: ``tell`` is False.

    Raises:
        Unprocessable: yourself.
        Forbidden: this server itself.
    """
    if actor.id == target.id:
        raise Unprocessable("block of self", public=N_("You cannot block yourself"))
    if is_node_actor(target):
        raise Forbidden(f"{actor.uri} blocks the node actor")
    uri = uri or new_activity_uri(actor.uri)
    if not await blocks_store.insert_block(tx, actor.id, target.id, uri=uri):
        return False
    await unfollow(tx, actor, target)
    await remove_follower(tx, actor, target)
    if tell and not target.is_local:
        sent = activities.block(actor.uri, target.uri, uri=uri)
        await enqueue(tx, actor.id, Audience(actors=(target.id,), direct=True), sent)
    return True


async def unblock(
    tx: Tx, actor: Actor, target: Actor, *, uri: ObjectUri | None = None, tell: bool = True
) -> bool:
    """Lift a block. Follows that it ended do not come back. False: there was none."""
    ended = await blocks_store.delete_block(tx, actor.id, target.id)
    if ended is None:
        return False
    if tell and not target.is_local:
        undo = activities.undo_block(actor.uri, target.uri, uri=ended, own_uri=uri)
        await enqueue(tx, actor.id, Audience(actors=(target.id,), direct=True), undo)
    return True


async def mute(tx: Tx, actor: Actor, target: Actor, *, until: datetime | None = None) -> None:
    """Stop seeing somebody, without their knowing. Again: only changes until when.

    Raises:
        Unprocessable: yourself.
    """
    if actor.id == target.id:
        raise Unprocessable("mute of self", public=N_("You cannot mute yourself"))
    await blocks_store.upsert_mute(tx, actor.id, target.id, until=until)


async def unmute(tx: Tx, actor: Actor, target: Actor) -> bool:
    """See somebody again, with what they wrote meanwhile. False: they were not muted."""
    return await blocks_store.delete_mute(tx, actor.id, target.id)
