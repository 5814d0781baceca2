"""An activity that a group brings is applied as if its actor had sent it. In a transaction."""

from datetime import datetime
from typing import Final

from fedinet.actors.model import Actor
from fedinet.audiences.model import Viewer, Visibility
from fedinet.db.query import Tx
from fedinet.inbox.dispatch import HandlerTable, Inbound, dispatch
from fedinet.kernel.ids import ActorId
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.policy.model import Effect
from fedinet.posts.store import find_visible_by_uri
from fedinet.reactions.received_store import Reaction, insert_boosts
from fedinet.reactions.signals import Boosted
from fedinet.vocab.activity import Activity

_SHRINKING: Final = frozenset({"Delete", "Undo", "Update"})
_PUBLIC: Final = frozenset({Visibility.EVERYONE, Visibility.QUIET})


async def apply_carried(
    tx: Tx,
    table: HandlerTable,
    inner: Activity,
    sender: Actor,
    *,
    group_id: ActorId,
    announce_uri: str,
    now: datetime,
    effects: frozenset[Effect],
) -> Outcome:
    """Apply a true activity of ``sender``; a new first post is then shared by the group.

    Answers are not shared: they stand in their conversation, and do not flood homes.
    """
    if sender.is_local:
        return Dropped("our_own")
    if (sender.is_suspended or sender.is_gone) and inner.type not in _SHRINKING:
        return Dropped("actor_suspended" if sender.is_suspended else "actor_gone")
    inbound = Inbound(
        activity=inner,
        actor_id=sender.id,
        received_at=now,
        now=now,
        is_forwarded=True,
        brought_by=group_id,
        effects=effects,
    )
    outcome = await dispatch(tx, table, inbound)
    known = isinstance(outcome, Applied) or outcome == Dropped("already_known")
    if inner.type != "Create" or not known:
        return outcome
    shared = await _share(tx, inner, group_id, announce_uri, now)
    if not shared:
        return outcome
    before = outcome.signals if isinstance(outcome, Applied) else ()
    return Applied((*before, *shared))


async def _share(
    tx: Tx, inner: Activity, group_id: ActorId, announce_uri: str, now: datetime
) -> tuple[Boosted, ...]:
    post = await find_visible_by_uri(tx, Viewer(group_id), inner.object_uri or "")
    if post is None or post.is_reply or post.visibility not in _PUBLIC:
        return ()
    boost = Reaction(group_id, post.id, announce_uri, Visibility.EVERYONE)
    new = await insert_boosts(tx, [boost], now)
    return tuple(Boosted(boost_id, *key) for key, boost_id in new.items())
