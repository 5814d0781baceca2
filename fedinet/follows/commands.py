"""Following, and answering those who ask to follow. Blocks and mutes: blocking.py.

Never the network: a server that is down delays the delivery, not the member.
``uri``: the id of the activity, where that is given already.
"""

from datetime import datetime
from typing import Final

from fedinet.actors.model import Actor
from fedinet.db.query import Tx
from fedinet.follows import activities, blocks_store, store
from fedinet.follows.model import Follow, FollowRefused, FollowState, Terms, decide_follow
from fedinet.follows.signals import FollowAccepted, FollowChanged, FollowEnded, FollowRequested
from fedinet.kernel.errors import FedinetError, Forbidden, NotFound, Unprocessable
from fedinet.kernel.ids import ObjectUri
from fedinet.kernel.names import new_activity_uri
from fedinet.kernel.problems import N_
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.queue.signals import announce
from fedinet.vocab.activity import Document

_REFUSALS: Final[dict[str, tuple[type[FedinetError], str | None]]] = {
    "follow_of_self": (Unprocessable, N_("You cannot follow yourself")),
    "follow_of_node_actor": (Forbidden, N_("A server cannot be followed")),
    "follower_unavailable": (Forbidden, None),
    "blocked": (Forbidden, None),
    "target_unavailable": (NotFound, None),
    "target_moved": (Forbidden, N_("This account has moved; follow the new one")),
}


async def follow(
    tx: Tx, follower: Actor, target: Actor, *, now: datetime, uri: ObjectUri | None = None
) -> Follow:
    """Ask to follow; among members without approval it holds at once.

    Asking again while a remote target has not answered sends the same Follow
    again: peers answer a repeated Follow, and an answer may have been lost.

    Raises:
        Unprocessable: yourself.
        Forbidden: either blocks the other, the target has moved, or is a server.
        NotFound: the target is suspended here, or gone.
    """
    blocked = await blocks_store.is_blocked(tx, follower.id, target.id)
    decision = decide_follow(follower, target, blocked=blocked)
    if isinstance(decision, FollowRefused):
        kind, public = _REFUSALS[decision.reason]
        raise kind(f"{follower.uri} -> {target.uri}: {decision.reason}", public=public)
    standing = await store.lock_follow(tx, follower.id, target.id)
    if standing is None:
        standing = await store.upsert_follow(
            tx,
            follower.id,
            target.id,
            state=decision.state,
            uri=uri or new_activity_uri(follower.uri),
            now=now,
        )
        await _announce_new(tx, standing, target)
    if standing.state is FollowState.PENDING and not target.is_local:
        sent = activities.follow(follower.uri, target.uri, uri=standing.uri)
        await _send(tx, follower, target, sent)
    return standing


async def _announce_new(tx: Tx, follow: Follow, target: Actor) -> None:
    if follow.state is FollowState.ACCEPTED:
        await announce(tx, FollowAccepted(follow.follower_id, follow.target_id))
    elif target.is_local:
        await announce(tx, FollowRequested(follow.follower_id, follow.target_id))


async def change_terms(tx: Tx, follower: Actor, target: Actor, terms: Terms) -> None:
    """Say what a follower, or who waits to be one, wants of the other. Stays here."""
    await store.change_terms(tx, follower.id, target.id, terms)
    if terms.boosts is not None or terms.languages is not None:
        await announce(tx, FollowChanged(follower.id, target.id))


async def unfollow(tx: Tx, follower: Actor, target: Actor, *, uri: ObjectUri | None = None) -> bool:
    """Stop following, or withdraw the request. False where there was neither."""
    ended = await store.delete_follow(tx, follower.id, target.id)
    if ended is None:
        return False
    undo = activities.undo_follow(follower.uri, target.uri, uri=ended.uri, own_uri=uri)
    await _send(tx, follower, target, undo)
    await announce(tx, FollowEnded(follower.id, target.id))
    return True


async def accept_request(
    tx: Tx, owner: Actor, follower: Actor, *, now: datetime, uri: ObjectUri | None = None
) -> Follow:
    """Say yes to somebody who waits.

    Raises:
        NotFound: no request (it may have been withdrawn a moment ago).
    """
    accepted = await store.accept_follow(tx, follower.id, owner.id, now=now)
    if accepted is None:
        raise NotFound(f"no follow request {follower.uri} -> {owner.uri}")
    answer = activities.accept_follow(follower.uri, owner.uri, uri=accepted.uri, own_uri=uri)
    await _send(tx, owner, follower, answer)
    await announce(tx, FollowAccepted(follower.id, owner.id))
    return accepted


async def reject_request(tx: Tx, owner: Actor, follower: Actor) -> None:
    """Say no to somebody who waits.

    Raises:
        NotFound: no request (it may have been withdrawn a moment ago).
    """
    standing = await store.lock_follow(tx, follower.id, owner.id)
    if standing is None or standing.state is not FollowState.PENDING:
        raise NotFound(f"no follow request {follower.uri} -> {owner.uri}")
    await remove_follower(tx, owner, follower)


async def remove_follower(
    tx: Tx, owner: Actor, follower: Actor, *, uri: ObjectUri | None = None
) -> bool:
    """End somebody's follow or request; their server hears a Reject. False: there was none."""
    ended = await store.delete_follow(tx, follower.id, owner.id)
    if ended is None:
        return False
    answer = activities.reject_follow(follower.uri, owner.uri, uri=ended.uri, own_uri=uri)
    await _send(tx, owner, follower, answer)
    await announce(tx, FollowEnded(follower.id, owner.id))
    return True


async def _send(tx: Tx, sender: Actor, recipient: Actor, activity: Document) -> None:
    """Deliver to the personal inbox, as peers do with Follow and its answers."""
    if not recipient.is_local:
        await enqueue(tx, sender.id, Audience(actors=(recipient.id,), direct=True), activity)
