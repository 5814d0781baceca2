"""Where else there is room: allied communities, shown while this one is full."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from fedinet.allies.entrances import Entrance, EntranceState
from fedinet.allies.entrances_store import list_with_room
from fedinet.db.query import Pool
from fedinet.joining import ways_store
from fedinet.joining.model import Room, Ways
from fedinet.kernel.ids import Domain
from fedinet.kernel.names import NodeUris
from fedinet.policy.ask import Policy
from fedinet.policy.model import Scope, Verdict

_STANDS_FOR: Final = timedelta(days=2)
_ASKED_OF: Final = 40
_SHOWN: Final = 12
_WITH_THEM: Final = (Scope.INBOUND, Scope.OUTBOUND, Scope.FETCH, Scope.SERVE, Scope.MEDIA)


def our_entrance(uris: NodeUris, ways: Ways, room: Room) -> Entrance:
    """How people come in here, as allies are told."""
    state = EntranceState.ASK if ways.asking else EntranceState.INVITATION
    path = "/join/ask" if ways.asking else "/join"
    return Entrance(
        domain=uris.origin.domain,
        state=EntranceState.FULL if room.is_full else state,
        address=f"{uris.origin}{path}",
    )


async def list_elsewhere(pool: Pool, policy: Policy, *, now: datetime) -> Sequence[Entrance]:
    """Allies that say they have room, where this community is full; else nobody.

    Nobody is sent where a rule of ours says no, or that something is to be held back.
    """
    room = await ways_store.read_room(pool, now=now)
    if not room.is_full:
        return []
    said = await list_with_room(pool, now, since=now - _STANDS_FOR, limit=_ASKED_OF)
    welcome = await _let_in(policy, {one.domain for one in said})
    return [one for one in said if one.domain in welcome][:_SHOWN]


async def _let_in(policy: Policy, domains: set[Domain]) -> set[Domain]:
    free = domains
    for scope in _WITH_THEM:
        said = await policy.about_many(scope, free)
        free = {
            domain
            for domain, one in said.items()
            if one.verdict is Verdict.ACCEPT and not one.effects
        }
    return free
