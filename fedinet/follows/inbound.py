"""What remote actors may do to follows: Follow, its answers, and taking them back.

Idempotent by state: servers reuse the ids of Follows, and repeat them to hear
the answer again. Answers go to the personal inbox, with the Follow as it was sent.

Source: ActivityPub 7.5 to 7.10; facts of Mastodon 4.2-4.7, "Follow handshake".
"""

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actor_by_uri, get_actor
from fedinet.db.query import Tx
from fedinet.follows import activities, blocks_store, store
from fedinet.follows.activities import NamedFollow
from fedinet.follows.model import Follow, FollowRefused, FollowState, decide_follow
from fedinet.follows.signals import FollowAccepted, FollowEnded, FollowRequested
from fedinet.inbox.dispatch import UNKNOWN_OBJECT, HandlerTable, Inbound
from fedinet.inbox.undo_store import remember_early_undo, spend_early_undos
from fedinet.kernel.ids import ActorId
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.policy.model import Effect
from fedinet.vocab.activity import Document

handlers = HandlerTable()

_CAREFUL = frozenset({Effect.LIMIT, Effect.REQUIRE_APPROVAL})
UNKNOWN_FOLLOW = Dropped("unknown_follow")
UNDONE_BEFORE = Dropped("undone_before")


@handlers.on("Follow", "?", "Actor")
async def follow_member(tx: Tx, inbound: Inbound) -> Outcome:
    """Let a remote actor follow a member, or wait for the member's yes.

    A repeated Follow of who follows already is accepted again, under the id it
    has now; one that waits goes on waiting.
    """
    target = await find_actor_by_uri(tx, inbound.activity.object_uri or "")
    if target is None or not (target.is_local or target.id == inbound.actor_id):
        return UNKNOWN_OBJECT
    uri = inbound.activity.id or ""
    if await spend_early_undos(tx, [(inbound.actor_id, uri)], inbound.now):
        return UNDONE_BEFORE
    follower = await get_actor(tx, inbound.actor_id)
    blocked = await blocks_store.is_blocked(tx, follower.id, target.id)
    careful = not _CAREFUL.isdisjoint(inbound.effects)
    decision = decide_follow(follower, target, blocked=blocked, is_careful=careful)
    if isinstance(decision, FollowRefused):
        return await _refuse(tx, follower, target, uri, decision)
    before = await store.lock_follow(tx, follower.id, target.id)
    standing = await store.upsert_follow(
        tx, follower.id, target.id, state=decision.state, uri=uri, now=inbound.now
    )
    if standing.state is FollowState.ACCEPTED:
        answer = activities.accept_follow(follower.uri, target.uri, uri=uri)
        await _answer(tx, target, follower.id, answer)
    return Applied(_news(before, standing))


def _news(before: Follow | None, standing: Follow) -> tuple[object, ...]:
    if before is not None and before.state is standing.state:
        return ()
    if standing.state is FollowState.ACCEPTED:
        return (FollowAccepted(standing.follower_id, standing.target_id),)
    return (FollowRequested(standing.follower_id, standing.target_id),)


async def _refuse(
    tx: Tx, follower: Actor, target: Actor, uri: str, refusal: FollowRefused
) -> Outcome:
    if refusal.is_answered:
        answer = activities.reject_follow(follower.uri, target.uri, uri=uri)
        await _answer(tx, target, follower.id, answer)
    return Dropped(refusal.reason)


async def _answer(tx: Tx, target: Actor, follower_id: ActorId, answer: Document) -> None:
    await enqueue(tx, target.id, Audience(actors=(follower_id,), direct=True), answer)


@handlers.on("Accept", "Follow", "?")
async def accept_follow(tx: Tx, inbound: Inbound) -> Outcome:
    """Our member's request was granted. Only the followed actor itself can say so."""
    named = activities.read_follow(inbound.activity)
    follow = await _asked_of(tx, inbound.actor_id, named)
    if follow is None:
        return UNKNOWN_FOLLOW if named.is_embedded else UNKNOWN_OBJECT
    accepted = await store.accept_follow(tx, follow.follower_id, follow.target_id, now=inbound.now)
    if accepted is None:
        return Dropped("no_change")
    return Applied((FollowAccepted(accepted.follower_id, accepted.target_id),))


@handlers.on("Reject", "Follow", "?")
async def reject_follow(tx: Tx, inbound: Inbound) -> Outcome:
    """Our member's request was refused, or the member was removed as a follower later."""
    return await _end_asked(tx, inbound, activities.read_follow(inbound.activity))


@handlers.on("Undo", "Accept")
async def undo_accept(tx: Tx, inbound: Inbound) -> Outcome:
    """A yes is taken back: for our member the same as a late no."""
    return await _end_asked(tx, inbound, activities.read_undone_accept(inbound.activity))


async def _end_asked(tx: Tx, inbound: Inbound, named: NamedFollow) -> Outcome:
    follow = await _asked_of(tx, inbound.actor_id, named)
    if follow is None:
        return UNKNOWN_FOLLOW if named.is_embedded else UNKNOWN_OBJECT
    await store.delete_follow(tx, follow.follower_id, follow.target_id)
    return Applied((FollowEnded(follow.follower_id, follow.target_id),))


async def _asked_of(tx: Tx, target_id: ActorId, named: NamedFollow) -> Follow | None:
    """Find the Follow of ``target_id`` that one of ours sent: by its id, else by the pair."""
    if named.uri is not None:
        follow = await store.lock_follow_of_target(tx, named.uri, target_id)
        if follow is not None:
            return follow
    if named.follower is None:
        return None
    follower = await find_actor_by_uri(tx, named.follower)
    if follower is None or not follower.is_local:
        return None
    return await store.lock_follow(tx, follower.id, target_id)


@handlers.on("Undo", "Follow", "?")
async def undo_follow(tx: Tx, inbound: Inbound) -> Outcome:
    """A remote actor stops following, or withdraws its request.

    By the pair first, since some servers write a new id each time; one that
    comes before its Follow is remembered.
    """
    named = activities.read_follow(inbound.activity)
    follow = await _sent_by(tx, inbound.actor_id, named)
    if follow is not None:
        await store.delete_follow(tx, follow.follower_id, follow.target_id)
        return Applied((FollowEnded(follow.follower_id, follow.target_id),))
    if not named.is_embedded:
        return UNKNOWN_OBJECT
    if named.uri is not None:
        await remember_early_undo(tx, inbound.actor_id, named.uri, inbound.now)
    return UNKNOWN_FOLLOW


async def _sent_by(tx: Tx, follower_id: ActorId, named: NamedFollow) -> Follow | None:
    target = None if named.target is None else await find_actor_by_uri(tx, named.target)
    if target is not None:
        return await store.lock_follow(tx, follower_id, target.id)
    if named.uri is None:
        return None
    return await store.lock_follow_of_follower(tx, named.uri, follower_id)
