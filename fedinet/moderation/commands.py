"""What stewards do about actors elsewhere. Reversible: nothing is deleted."""

import logging

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor, set_suspended
from fedinet.db.query import Tx
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import N_

logger = logging.getLogger(__name__)


async def suspend(tx: Tx, actor: Actor, *, by: ActorId | None) -> Actor:
    """Suspend a remote actor; ``by`` is the steward, None the command line. Idempotent.

    From now on the gate hides what it wrote, its activities are dropped as
    ``actor_suspended`` but for those that take something back, and nothing is
    delivered to it. Its follows stay as they are, frozen.

    Raises:
        Unprocessable: one of ours; a member's account is disabled instead.
    """
    return await _set(tx, actor, suspended=True, by=by)


async def restore(tx: Tx, actor: Actor, *, by: ActorId | None) -> Actor:
    """Lift a suspension: everything is as the actor has left it. Idempotent.

    Raises:
        Unprocessable: one of ours.
    """
    return await _set(tx, actor, suspended=False, by=by)


async def _set(tx: Tx, actor: Actor, *, suspended: bool, by: ActorId | None) -> Actor:
    if actor.is_local:
        raise Unprocessable(
            f"suspension of {actor.uri}", public=N_("Only people on other servers can be suspended")
        )
    await set_suspended(tx, actor.id, suspended=suspended)
    word = "suspended" if suspended else "restored"
    logger.info("moderation.%s actor=%s by=%s", word, actor.uri, by or "command line")
    return await get_actor(tx, actor.id)
