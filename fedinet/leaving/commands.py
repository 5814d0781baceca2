"""Asking to leave, staying after all, and closing an account. Never the network."""

import logging
from dataclasses import replace
from datetime import datetime
from typing import Final

from fedinet.accounts.model import Account
from fedinet.accounts.standing_store import lock_owners
from fedinet.accounts.store import delete_account
from fedinet.actors.graves_store import bury
from fedinet.actors.store import get_actor
from fedinet.db.query import Tx
from fedinet.follows.signals import FollowEnded
from fedinet.follows.store import delete_follows_of
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId, ActorUri
from fedinet.kernel.problems import N_
from fedinet.leaving import activities, store
from fedinet.leaving.model import GRACE, Departure
from fedinet.moderation.answering import forget_reporter
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.queue.jobs import enqueue_job
from fedinet.queue.signals import announce

logger = logging.getLogger(__name__)

CLOSE_ACCOUNT: Final = "leaving.close_account"
"""Job with ``{"actor_id": …}``, when the days to think again are over."""
ERASE_MEMBER: Final = "leaving.erase_member"
"""Job with ``{"actor_id": …, "uri": …}``: the husk of a member, and the address they had."""


class LastOwner(Unprocessable):
    """The community would have nobody who may decide about it."""


async def ask_to_leave(tx: Tx, account: Account, *, now: datetime) -> Departure:
    """Let the account end in a week. Whoever asked before keeps the day they were told.

    Raises:
        LastOwner: somebody else must be an owner first.
    """
    await _check_owners(tx, account)
    await store.insert_departure(tx, Departure(account.actor_id, now, now + GRACE))
    departure = await store.lock_departure(tx, account.actor_id)
    assert departure is not None  # noqa: S101  # inserted above
    await _promise(tx, departure)
    return departure


async def put_off(tx: Tx, departure: Departure, *, now: datetime) -> None:
    """Let the account end another week from now: its owner cannot think again meanwhile."""
    later = replace(departure, due_at=now + GRACE)
    await store.move_departure(tx, later.actor_id, later.due_at)
    await _promise(tx, later)


async def stay(tx: Tx, actor_id: ActorId) -> None:
    """Leave no more. Idempotent."""
    await store.delete_departure(tx, actor_id)


async def close_account(tx: Tx, account: Account) -> None:
    """End the account now: nobody signs in, nothing is shown, other servers are told.

    What the member put here goes by a job soon after. The name is never given again.

    Raises:
        LastOwner: somebody else must be an owner first.
    """
    await _check_owners(tx, account)
    await end_account(tx, account)


async def end_account(tx: Tx, account: Account) -> ActorUri:
    """End an account whoever is left, as ``close_account`` does. Returns the address it had."""
    actor = await get_actor(tx, account.actor_id)
    told = await store.list_told(tx, actor.id)
    ended = await delete_follows_of(tx, actor.id)
    await announce(tx, *(FollowEnded(row.follower_id, row.target_id) for row in ended))
    await forget_reporter(tx, actor)
    grave_id = await bury(tx, actor)
    await enqueue(tx, grave_id, Audience(actors=told), activities.delete_actor(actor))
    await delete_account(tx, account.id)
    await enqueue_job(
        tx, ERASE_MEMBER, {"actor_id": actor.id, "uri": actor.uri}, unique_key=str(actor.id)
    )
    logger.info("leaving.closed actor=%s told=%d", actor.uri, len(told))
    return actor.uri


async def _promise(tx: Tx, departure: Departure) -> None:
    await enqueue_job(
        tx,
        CLOSE_ACCOUNT,
        {"actor_id": departure.actor_id},
        unique_key=f"{departure.actor_id}:{departure.due_at.isoformat()}",
        due_at=departure.due_at,
    )


async def _check_owners(tx: Tx, account: Account) -> None:
    owners = await lock_owners(tx)
    if owners == frozenset({account.id}):
        raise LastOwner(
            f"{account.username} is the last owner",
            public=N_("You are the only owner of this community. Make somebody else owner first."),
        )
