"""Work about members who leave: closing accounts when the time has come, and erasing."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from fedinet.accounts.standing_store import lock_owners
from fedinet.accounts.store import find_account_of
from fedinet.actors.graves_store import delete_husk
from fedinet.actors.store import find_actor, get_actor
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.follows.blocks_store import delete_blocks_of
from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import ActorId, ActorUri
from fedinet.leaving.commands import ERASE_MEMBER, LastOwner, close_account, put_off, stay
from fedinet.leaving.store import lock_departure
from fedinet.posts.commands import erase_some_of
from fedinet.queue.signals import announce
from fedinet.reactions.signals import Unboosted, Unliked
from fedinet.reactions.store import delete_reactions_of

_AT_ONCE: Final = 100


async def close_when_due(pool: Pool, payload: Mapping[str, object]) -> None:
    """Close an account whose owner asked for it and has not changed their mind. Idempotent.

    Who has become the last owner meanwhile stays: the community would be nobody's. Who is
    suspended waits: they cannot change their mind, and what was reported is still looked at.
    """
    actor_id, now = _actor_id(payload), datetime.now(UTC)
    async with transaction(pool) as tx:
        await lock_owners(tx)  # whoever suspends them now takes turns with this
        departure = await lock_departure(tx, actor_id)
        account = await find_account_of(tx, actor_id)
        if departure is None or account is None or not departure.is_due(now):
            return
        if (await get_actor(tx, actor_id)).is_suspended:
            await put_off(tx, departure, now=now)
            return
        try:
            await close_account(tx, account)
        except LastOwner:
            await stay(tx, actor_id)


async def erase_member(pool: Pool, payload: Mapping[str, object]) -> None:
    """Delete everything of a member whose account is closed, in small transactions. Idempotent.

    The last of them deletes the husk, and with it whatever table refers to it.

    Raises:
        Malformed: not a payload of this job, or a member who is still here.
    """
    member = await find_actor(pool, _actor_id(payload))
    if member is None:
        return  # erased before
    if not member.is_local or not member.is_gone:
        raise Malformed(f"{ERASE_MEMBER} with {payload}")
    uri = ActorUri(str(payload.get("uri")))
    while await _erase_posts(pool, member.id, uri):
        pass
    async with transaction(pool) as tx:
        liked, boosted = await delete_reactions_of(tx, member.id)
        await announce(tx, *(Unliked(member.id, post_id) for post_id in liked))
        await announce(tx, *(Unboosted(member.id, post_id) for post_id in boosted))
        await delete_blocks_of(tx, member.id)
    async with transaction(pool) as tx:
        await delete_husk(tx, member.id)


async def _erase_posts(pool: Pool, author_id: ActorId, uri: ActorUri) -> int:
    async with transaction(pool) as tx:
        return await erase_some_of(tx, author_id, uri=uri, limit=_AT_ONCE)


def _actor_id(payload: Mapping[str, object]) -> ActorId:
    actor_id = payload.get("actor_id")
    if not isinstance(actor_id, int):
        raise Malformed(f"no actor_id in {payload}")
    return ActorId(actor_id)
