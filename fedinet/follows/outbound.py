"""What members' ActivityPub clients do with people: Follow, its answers and Undo, Block.

Source: https://www.w3.org/TR/activitypub/#follow-activity-outbox, #block-activity-outbox
"""

from collections.abc import Mapping
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actor, find_actor_by_uri
from fedinet.client.dispatch import OutboundTable, Sources
from fedinet.client.gather import find_person
from fedinet.client.model import Done, Draft, NotPossible, Posted
from fedinet.db.query import Tx
from fedinet.follows import blocks_store, commands, store
from fedinet.follows.activities import NamedFollow, read_follow
from fedinet.follows.blocking import block, unblock
from fedinet.follows.model import Follow
from fedinet.kernel.ids import ObjectUri

handlers = OutboundTable()

_FOLLOWS: Final = "write:follows"
_BLOCKS: Final = "write:blocks"


async def the_person(sources: Sources, draft: Draft) -> Mapping[str, Actor]:
    """Whom it is about, here or elsewhere."""
    uri = draft.activity.object_uri
    actor = await find_person(sources, uri)
    return {} if uri is None or actor is None else {uri: actor}


@handlers.on("Follow", scope=_FOLLOWS, gather=the_person)
async def follow(tx: Tx, posted: Posted) -> Done:
    """Ask to follow. It holds once this very Follow is accepted."""
    target = _person(posted)
    standing = await commands.follow(tx, posted.author, target, uri=posted.uri, now=posted.now)
    return _told(ObjectUri(standing.uri), target)


@handlers.on("Block", scope=_BLOCKS, gather=the_person)
async def block_person(tx: Tx, posted: Posted) -> Done:
    """Block somebody. They do not hear of it, not even where the client addresses them.

    Source: https://www.w3.org/TR/activitypub/#block-activity-outbox ("SHOULD NOT deliver")
    """
    target = _person(posted)
    await block(tx, posted.author, target, uri=posted.uri, tell=False)
    return _told(posted.uri, target, object_uri=target.uri)


@handlers.on("Accept", scope=_FOLLOWS)
async def accept(tx: Tx, posted: Posted) -> Done | None:
    """Let somebody follow who asked to."""
    asked = await _asked(tx, posted)
    follower = None if asked is None else await find_actor(tx, asked.follower_id)
    if asked is None or follower is None:
        return None
    await commands.accept_request(tx, posted.author, follower, uri=posted.uri, now=posted.now)
    return _told(posted.uri, follower, object_uri=asked.uri)


@handlers.on("Reject", scope=_FOLLOWS)
async def reject(tx: Tx, posted: Posted) -> Done | None:
    """Refuse somebody who asked to follow, or end their following."""
    asked = await _asked(tx, posted)
    follower = None if asked is None else await find_actor(tx, asked.follower_id)
    if asked is None or follower is None:
        return None
    await commands.remove_follower(tx, posted.author, follower, uri=posted.uri)
    return _told(posted.uri, follower, object_uri=asked.uri)


@handlers.on("Undo", scope=_FOLLOWS)
async def undo(tx: Tx, posted: Posted) -> Done | None:
    """Stop following, or lift a block: the one that is named, by its id or by whom it is about."""
    named = read_follow(posted.activity)
    followed = await _followed(tx, posted, named)
    if followed is not None:
        await commands.unfollow(tx, posted.author, followed, uri=posted.uri)
        return _told(posted.uri, followed, object_uri=named.uri)
    blocked = await _blocked(tx, posted)
    if blocked is not None:
        await unblock(tx, posted.author, blocked, uri=posted.uri, tell=False)
        return Done(uri=posted.uri, object_uri=posted.activity.object_uri)
    return None


async def _asked(tx: Tx, posted: Posted) -> Follow | None:
    """The Follow of this member that is answered."""
    named = read_follow(posted.activity)
    if named.uri is not None:
        found = await store.lock_follow_of_target(tx, named.uri, posted.author.id)
        if found is not None:
            return found
    follower = None if named.follower is None else await find_actor_by_uri(tx, named.follower)
    return None if follower is None else await store.lock_follow(tx, follower.id, posted.author.id)


async def _followed(tx: Tx, posted: Posted, named: NamedFollow) -> Actor | None:
    own = posted.author.id
    if named.uri is not None:
        found = await store.lock_follow_of_follower(tx, named.uri, own)
        if found is not None:
            return await find_actor(tx, found.target_id)
    if named.target is None or named.follower not in (None, posted.author.uri):
        return None
    target = await find_actor_by_uri(tx, named.target)
    if target is None or await store.lock_follow(tx, own, target.id) is None:
        return None
    return target


async def _blocked(tx: Tx, posted: Posted) -> Actor | None:
    uri = posted.activity.object_uri
    target_id = None
    if uri is not None:
        target_id = await blocks_store.find_block_by_uri(tx, posted.author.id, uri)
    return None if target_id is None else await find_actor(tx, target_id)


def _person(posted: Posted) -> Actor:
    """Raises ``NotPossible``: nobody, or nobody who answers."""
    uri = posted.activity.object_uri
    target = None if uri is None else posted.found.get(uri)
    if target is None:
        raise NotPossible(
            "unknown_actor", "There is nobody by this id, or their server does not answer"
        )
    return target


def _told(uri: ObjectUri, person: Actor, *, object_uri: str | None = None) -> Done:
    """This person is told by the command itself, or not at all."""
    return Done(uri=uri, object_uri=object_uri, told=frozenset({person.id}))
