"""Moving away, coming back, and saying which other accounts are one's own. Never the network."""

import logging
from datetime import datetime
from typing import Final

from fedinet.accounts.commands import tell_followers
from fedinet.actors.model import Actor
from fedinet.actors.places_store import set_aliases, set_moved_to
from fedinet.db.query import Tx
from fedinet.follows import blocking
from fedinet.follows import commands as follows
from fedinet.follows.model import FollowState
from fedinet.follows.relations_store import find_relationship
from fedinet.kernel.errors import FedinetError
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.moves import activities, store
from fedinet.moves.model import MAX_ALIASES, Destination, decide_move
from fedinet.moves.store import Concerned
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.queue.jobs import enqueue_job

logger = logging.getLogger(__name__)

CARRY_OVER: Final = "moves.carry_over"
"""Job with ``{"old_id": …, "new_id": …}``."""

_REFUSALS: Final = {
    "malformed": N_("This is the account you are using now."),
    "moved_lately": N_("You moved less than a week ago. Please wait until a week has passed."),
    "not_listed_back": N_(
        "That account does not name this one. Add this one there as an alias first, then try again."
    ),
    "target_moved": N_("That account has moved itself. Name the one where you are now."),
}


async def move_away(tx: Tx, mover: Actor, target: Actor, *, now: datetime) -> Actor:
    """Leave for ``target``, which was read from its own server a moment ago.

    From then on nobody can follow the mover, who writes nothing here. Followers'
    servers are asked to follow the new account. Where one is already: nothing.

    Raises:
        Invalid: the destination does not name the mover, has moved, or it is too soon.
    """
    if mover.moved_to == target.uri:
        return mover
    last = await store.lock_move(tx, mover.id)
    if mover.moved_to is None and last is not None and last.target_uri == target.uri:
        last = None  # back to where one was: nobody is led in a circle by that
    to = Destination(target.uri, target.also_known_as, target.moved_to)
    refusal = decide_move(mover.uri, to, last=last, now=now)
    if refusal is not None:
        raise Invalid(Problem("target", _REFUSALS[refusal.reason]))
    moved = await set_moved_to(tx, mover.id, target.uri)
    await store.upsert_move(tx, mover.id, target.uri, now)
    await tell_followers(tx, moved, now)
    sent = activities.move(mover.uri, target.uri, followers=f"{mover.uri}/followers")
    await enqueue(tx, mover.id, Audience(followers=True), sent)
    await promise_carrying_over(tx, moved, target)
    return moved


async def come_back(tx: Tx, mover: Actor, *, now: datetime) -> Actor:
    """Use the account here again. Who followed elsewhere goes on following there."""
    if mover.moved_to is None:
        return mover
    back = await set_moved_to(tx, mover.id, None)
    await tell_followers(tx, back, now)
    return back


async def add_alias(tx: Tx, owner: Actor, other: Actor, *, now: datetime) -> Actor:
    """Name another account as one's own, so that it can move here.

    Raises:
        Invalid: this very account, or too many.
    """
    if other.id == owner.id:
        raise Invalid(Problem("alias", _REFUSALS["malformed"]))
    if other.uri in owner.also_known_as:
        return owner
    if len(owner.also_known_as) >= MAX_ALIASES:
        raise Invalid(Problem("alias", N_("Ten other accounts are the most. Remove one first.")))
    changed = await set_aliases(tx, owner.id, (*owner.also_known_as, other.uri))
    await tell_followers(tx, changed, now)
    return changed


async def remove_alias(tx: Tx, owner: Actor, uri: str, *, now: datetime) -> Actor:
    """Name it no longer. Where it was not named: nothing."""
    if uri not in owner.also_known_as:
        return owner
    left = [alias for alias in owner.also_known_as if alias != uri]
    changed = await set_aliases(tx, owner.id, left)
    await tell_followers(tx, changed, now)
    return changed


async def promise_carrying_over(tx: Tx, old: Actor, new: Actor) -> None:
    """Let a job bring our members' relations from the old account to the new one."""
    payload = {"old_id": old.id, "new_id": new.id}
    await enqueue_job(tx, CARRY_OVER, payload, unique_key=f"{old.id}:{new.id}")


async def carry_over(
    tx: Tx, member: Actor, concerned: Concerned, old: Actor, new: Actor, *, now: datetime
) -> None:
    """Bring one member's follow, block and mute from the old account to the new one.

    A follow that cannot be (a block stands between them) stays where it was. A
    block is not carried over to somebody whom the member follows.
    """
    if member.id == new.id:
        return
    if concerned.follows and not concerned.blocks:
        await _follow_instead(tx, member, old, new, now)
    if concerned.blocks and not (await find_relationship(tx, member.id, new.id)).following:
        await blocking.block(tx, member, new)
    if concerned.mutes:
        await blocking.mute(tx, member, new, until=concerned.muted_until)


async def _follow_instead(tx: Tx, member: Actor, old: Actor, new: Actor, now: datetime) -> None:
    try:
        follow = await follows.follow(tx, member, new, now=now)
    except FedinetError as refused:
        logger.info("moves.not_followed member=%s new=%s why=%s", member.uri, new.uri, refused)
        return
    if follow.state is FollowState.PENDING and new.is_local:
        # Who comes to us has said yes to these followers before.
        await follows.accept_request(tx, new, member, now=now)
    await follows.unfollow(tx, member, old)
