"""Reading remote actors again: the job, and who promises it at the door.

Source: facts of Mastodon 4.2-4.7 (a day where somebody looks, a week else).
"""

import logging
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.refresh import HEARD_AGAIN_AFTER, REFRESH_ACTOR, promise_refresh
from fedinet.actors.remote import ActorSource
from fedinet.actors.store import find_actor, revive
from fedinet.actors.verify import Verified
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.kernel.errors import FedinetError, Gone, Malformed, Overloaded
from fedinet.kernel.ids import ActorId
from fedinet.profiles.farewell import bid_farewell
from fedinet.queue.jobs import enqueue_job
from fedinet.queue.signals import announce
from fedinet.signing.message import SignedMessage
from fedinet.vocab.actor import parse_actor

logger = logging.getLogger(__name__)

LOOK_AGAIN_AFTER: Final = timedelta(hours=1)
"""A server that calls an actor gone is asked twice before we believe it."""
_KEPT: Final = 20_000


async def refresh_actor(pool: Pool, source: ActorSource, payload: Mapping[str, object]) -> None:
    """Read an actor anew. Gone twice means gone; "not found" is no word of its owner.

    One that was gone and is shown again comes back, without what it had written.
    A failure waits for the next occasion.

    Raises:
        Malformed: not a payload of this job.
    """
    actor_id = payload.get("actor_id")
    if not isinstance(actor_id, int):
        raise Malformed(f"{REFRESH_ACTOR} with {payload}")
    actor = await find_actor(pool, ActorId(actor_id))
    if actor is None or actor.is_local:
        return
    try:
        await (_return if actor.is_gone else _read)(pool, source, actor)
    except Gone as error:
        logger.info("profiles.gone actor=%s why=%s", actor.uri, error)
        if not actor.is_gone:
            await _doubt(pool, actor, is_second=bool(payload.get("was_gone")))
    except FedinetError as error:
        logger.info("profiles.not_refreshed actor=%s why=%s", actor.uri, error)


async def _read(_pool: Pool, source: ActorSource, actor: Actor) -> None:
    await source.refresh(actor.uri)


async def _return(pool: Pool, source: ActorSource, actor: Actor) -> None:
    document, _ = await source.document(actor.uri)
    if parse_actor(document).uri != actor.uri:
        raise Malformed(f"{actor.uri} shows somebody else")
    async with transaction(pool) as tx:
        await revive(tx, actor.id)
    await source.keep(document, now=datetime.now(UTC))
    logger.info("profiles.returned actor=%s", actor.uri)


async def _doubt(pool: Pool, actor: Actor, *, is_second: bool) -> None:
    async with transaction(pool) as tx:
        if is_second:
            await announce(tx, *await bid_farewell(tx, actor.id))
            return
        payload = {"actor_id": actor.id, "was_gone": True}
        again = datetime.now(UTC) + LOOK_AGAIN_AFTER
        # The running job bears the plain key until it ends.
        key = f"{actor.id}:again"
        await enqueue_job(tx, REFRESH_ACTOR, payload, unique_key=key, due_at=again)


class Freshness:
    """One per web process: actors that do something are read again after a week."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._seen: OrderedDict[ActorId, datetime] = OrderedDict()

    async def heard(self, sender: Verified, _message: SignedMessage) -> None:
        """Look at a verified sender. Costs nothing where it was read lately. Never refuses it."""
        now = datetime.now(UTC)
        if sender.is_local or not (sender.is_gone or _is_old(sender, now)):
            return
        if self._seen.get(sender.actor_id, now) > now:
            return
        self._seen[sender.actor_id] = now + timedelta(hours=1)
        if len(self._seen) > _KEPT:
            self._seen.popitem(last=False)
        try:
            async with transaction(self._pool) as tx:
                await promise_refresh(tx, sender.actor_id, older_than=HEARD_AGAIN_AFTER, now=now)
        except Overloaded as error:  # it will do something again
            logger.info("profiles.refresh_later actor=%s why=%s", sender.actor_uri, error)


def _is_old(sender: Verified, now: datetime) -> bool:
    return sender.read_at is None or now - sender.read_at > HEARD_AGAIN_AFTER
