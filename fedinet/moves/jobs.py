"""Bringing members' relations along with somebody who moved, in small transactions."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import ActorId
from fedinet.kernel.uris import origin_of
from fedinet.moves import commands, store
from fedinet.moves.commands import CARRY_OVER
from fedinet.policy.ask import Policy
from fedinet.policy.model import Scope, Verdict

_AT_ONCE: Final = 20


async def carry_over(
    pool: Pool, payload: Mapping[str, object], *, policy: Policy | None = None
) -> None:
    """Let every member who follows, blocks or mutes the old account do so with the new one.

    Nobody follows on to a server that ``policy`` keeps us from talking with; they stay
    where they were.

    Idempotent: whoever is done follows the old account no longer. Nothing
    happens where the move was taken back meanwhile.

    Raises:
        Malformed: not a payload of this job.
    """
    match payload:
        case {"old_id": int(old_id), "new_id": int(new_id)}:
            pass
        case _:
            raise Malformed(f"{CARRY_OVER} with {payload}")
    actors = await find_actors(pool, [ActorId(old_id), ActorId(new_id)])
    old, new = actors.get(ActorId(old_id)), actors.get(ActorId(new_id))
    if old is None or new is None or old.moved_to != new.uri:
        return
    may_follow = new.is_local or policy is None or await _may_talk(policy, new)
    after: ActorId | None = ActorId(0)
    while after is not None:
        after = await _some(pool, old, new, after, may_follow=may_follow)


async def _may_talk(policy: Policy, new: Actor) -> bool:
    decision = await policy.about(Scope.OUTBOUND, origin_of(new.uri).domain)
    return decision.verdict is Verdict.ACCEPT


async def _some(
    pool: Pool, old: Actor, new: Actor, after: ActorId, *, may_follow: bool
) -> ActorId | None:
    """Carry over a few, and return whom the next ones come after; None at the end."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        concerned = await store.list_concerned(tx, old.id, after=after, limit=_AT_ONCE)
        members = await find_actors(tx, [one.actor_id for one in concerned])
        for each in concerned:
            one = each if may_follow else replace(each, follows=False)
            await commands.carry_over(tx, members[one.actor_id], one, old, new, now=now)
    return concerned[-1].actor_id if len(concerned) == _AT_ONCE else None
