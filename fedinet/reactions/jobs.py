"""Work about reactions that can wait. Bound to a ``PostSource`` by ``wiring``."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Protocol

import msgspec

from fedinet.actors.store import find_actor
from fedinet.audiences.model import Visibility
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.inbox.undo_store import spend_early_undos
from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import ActorId, PostId
from fedinet.queue.signals import announce
from fedinet.reactions import received_store
from fedinet.reactions.model import received_boost
from fedinet.reactions.received_store import Reaction
from fedinet.reactions.signals import Boosted

FETCH_BOOSTED: Final = "reactions.fetch_boosted"
"""Job with a ``BoostedElsewhere``: fetch what somebody boosted, then keep the boost."""


class Posts(Protocol):
    """The part of ``posts.remote.PostSource`` that is needed here."""

    async def find(self, address: str, /) -> PostId | None: ...


class BoostedElsewhere(msgspec.Struct, frozen=True):
    """An Announce of a post that was not here when it came."""

    actor_id: int
    uri: str
    object_uri: str
    visibility: Visibility


async def fetch_boosted(pool: Pool, posts: Posts, payload: Mapping[str, object]) -> None:
    """Fetch a boosted post from its origin and keep the boost, unless it was undone meanwhile.

    Raises:
        RemoteUnavailable: its server does not answer now; the queue tries again.
        Malformed: not a payload of this job.
    """
    try:
        boosted = msgspec.convert(payload, BoostedElsewhere)
    except msgspec.ValidationError as error:
        raise Malformed(f"{FETCH_BOOSTED} with {payload}: {error}") from error
    if await posts.find(boosted.object_uri) is None:
        return
    async with transaction(pool) as tx:
        await _keep(tx, boosted, datetime.now(UTC))


async def _keep(tx: Tx, boosted: BoostedElsewhere, now: datetime) -> None:
    actor_id = ActorId(boosted.actor_id)
    booster = await find_actor(tx, actor_id)
    if booster is None or booster.is_suspended or booster.is_gone:
        return
    if await spend_early_undos(tx, [(actor_id, boosted.uri)], now):
        return
    [target] = await received_store.find_targets(tx, [(actor_id, boosted.object_uri)])
    if target is None:
        return
    kept = received_boost(target.visibility, boosted.visibility, is_own_post=target.is_own_post)
    if kept is None:
        return
    boost = Reaction(actor_id, target.post_id, boosted.uri, kept)
    new = await received_store.insert_boosts(tx, [boost], now)
    await announce(tx, *(Boosted(boost_id, *key) for key, boost_id in new.items()))
