"""Asking to follow again whom a rule ended: one step for a member, once their server is let in."""

from datetime import datetime
from typing import Final

from fedinet.actors.store import find_actors, get_actor
from fedinet.db.query import Tx
from fedinet.follows.commands import follow
from fedinet.follows.cuts_store import list_lost_of
from fedinet.kernel.errors import Forbidden, NotFound
from fedinet.kernel.ids import ActorId

AT_ONCE: Final = 200


async def ask_again(tx: Tx, member_id: ActorId, cut_id: int, *, now: datetime) -> int:
    """Ask all whom a member followed until then, at most 200. Returns how many.

    Who is followed again already is left out, and so is who cannot be: blocked, moved or gone.
    """
    member = await get_actor(tx, member_id)
    lost = await list_lost_of(tx, member_id, [cut_id], limit=AT_ONCE)
    people = await find_actors(tx, [actor_id for _, actor_id in lost])
    asked = 0
    for actor_id in sorted(people):
        try:
            await follow(tx, member, people[actor_id], now=now)
            asked += 1
        except (Forbidden, NotFound):
            continue
    return asked
