"""What remote actors may do to blocks: Block and its Undo.

Source: ActivityPub 6.9; facts of Mastodon 4.2-4.7, "Follow handshake".
"""

from fedinet.actors.store import find_actor_by_uri
from fedinet.db.query import Tx
from fedinet.follows import blocks_store, store
from fedinet.follows.signals import FollowEnded
from fedinet.inbox.dispatch import UNKNOWN_OBJECT, HandlerTable, Inbound
from fedinet.inbox.undo_store import remember_early_undo, spend_early_undos
from fedinet.kernel.ids import ActorId
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.vocab.activity import uri_of

handlers = HandlerTable()


@handlers.on("Block", "?")
async def block_member(tx: Tx, inbound: Inbound) -> Outcome:
    """A remote actor blocks a member: follows end both ways, and neither sees the other.

    With a ``target`` it is a moderator's ban from a group (Lemmy), not a personal block.
    """
    if inbound.activity.target is not None:
        return Dropped("ban_from_group")
    target_id = await _member(tx, inbound.activity.object_uri)
    if target_id is None:
        return UNKNOWN_OBJECT
    uri = inbound.activity.id
    if uri and await spend_early_undos(tx, [(inbound.actor_id, uri)], inbound.now):
        return Dropped("undone_before")
    if not await blocks_store.insert_block(tx, inbound.actor_id, target_id, uri=uri):
        return Dropped("no_change")
    return Applied(
        (
            *await _end_follow(tx, inbound.actor_id, target_id),
            *await _end_follow(tx, target_id, inbound.actor_id),
        )
    )


@handlers.on("Undo", "Block")
async def undo_block(tx: Tx, inbound: Inbound) -> Outcome:
    """The block is lifted. What it ended does not come back."""
    block = inbound.activity.object_document or {}
    target_id = await _member(tx, uri_of(block.get("object")))
    if target_id is not None:
        if await blocks_store.delete_block(tx, inbound.actor_id, target_id) is not None:
            return Applied()
        uri = inbound.activity.object_uri
        if uri is not None:
            await remember_early_undo(tx, inbound.actor_id, uri, inbound.now)
    return Dropped("unknown_block")


@handlers.on("Undo", "?")
async def undo_block_by_uri(tx: Tx, inbound: Inbound) -> Outcome:
    """The same, where only the id of the Block is named."""
    uri = inbound.activity.object_uri
    if uri is None:
        return UNKNOWN_OBJECT
    target_id = await blocks_store.find_block_by_uri(tx, inbound.actor_id, uri)
    if target_id is None:
        return UNKNOWN_OBJECT
    await blocks_store.delete_block(tx, inbound.actor_id, target_id)
    return Applied()


async def _member(tx: Tx, uri: str | None) -> ActorId | None:
    actor = None if uri is None else await find_actor_by_uri(tx, uri)
    return actor.id if actor is not None and actor.is_local else None


async def _end_follow(tx: Tx, follower_id: ActorId, target_id: ActorId) -> tuple[object, ...]:
    ended = await store.delete_follow(tx, follower_id, target_id)
    return () if ended is None else (FollowEnded(follower_id, target_id),)
