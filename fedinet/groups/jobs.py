"""What groups bring from third servers is looked up there, beside the inbox.

Else one slow server would hold up all that its group does. Whatever order the
jobs run in, each asks for what is true now.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Protocol

import msgspec

from fedinet.actors.store import find_actor
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.follows.store import list_locally_followed
from fedinet.groups.carrying import apply_carried
from fedinet.groups.model import is_said_in_public
from fedinet.inbox.dispatch import HandlerTable
from fedinet.inbox.gather import MAX_REQUESTS, Source, vouch
from fedinet.kernel.errors import FedinetError, Malformed
from fedinet.kernel.ids import ActorId
from fedinet.kernel.outcomes import Applied, Dropped
from fedinet.net.budget import Budget
from fedinet.policy.model import Effect
from fedinet.queue.signals import announce
from fedinet.vocab.activity import Activity, parse_activity

logger = logging.getLogger(__name__)

CARRY: Final = "groups.carry"
"""Job with a ``Carried``: ask the origin of an activity that a group brought, and apply it."""


class Carried(msgspec.Struct, frozen=True):
    """An activity inside of an Announce, by its references."""

    group_id: int
    announce_uri: str
    activity: dict[str, str]


class Permits(Protocol):
    """The part of ``policy.ask.Policy`` that is needed here."""

    async def permit_said(self, activity: Activity) -> frozenset[Effect]: ...


async def carry(
    pool: Pool,
    source: Source,
    policy: Permits,
    table: HandlerTable,
    payload: Mapping[str, object],
) -> None:
    """Apply what a group brought, if its origin says the same. Idempotent.

    What policy would hold of its actor is left out: the group may not bring it.

    Raises:
        RemoteUnavailable: a server does not answer now; the queue tries again.
        Malformed: not a payload of this job.
    """
    try:
        carried = msgspec.convert(payload, Carried)
    except msgspec.ValidationError as error:
        raise Malformed(f"{CARRY} with {payload}: {error}") from error
    budget, group_id = Budget(MAX_REQUESTS), ActorId(carried.group_id)
    try:
        inner = await vouch(source, parse_activity(carried.activity), budget)
        if isinstance(inner, Dropped):
            logger.info("groups.dropped reason=%s id=%s", inner.reason, carried.announce_uri)
            return
        sender = await source.get(inner.actor, budget=budget)
        effects = await policy.permit_said(inner)
    except FedinetError as error:
        if error.retryable:
            raise
        logger.info("groups.dropped why=%s id=%s", error, carried.announce_uri)
        return
    if not is_said_in_public(inner):
        return
    async with transaction(pool) as tx:
        group = await find_actor(tx, group_id)
        if group is None or group.is_suspended or group.is_gone:
            return
        if group_id not in await list_locally_followed(tx, [group_id]):
            return
        outcome = await apply_carried(
            tx,
            table,
            inner,
            sender,
            group_id=group_id,
            announce_uri=carried.announce_uri,
            now=datetime.now(UTC),
            effects=effects,
        )
        if isinstance(outcome, Applied):
            await announce(tx, *outcome.signals)
    logger.info("groups.carried type=%s id=%s outcome=%s", inner.type, inner.id, outcome)
