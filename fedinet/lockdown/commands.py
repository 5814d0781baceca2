"""Locking down, making keys anew, and lifting it. Never the network."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from fedinet.accounts.commands import rotate_keys
from fedinet.actors.keys import generate_keys
from fedinet.actors.store import get_actor
from fedinet.backups.passphrase import is_given_from_outside, replace_passphrase
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.http.sessions import end_all_sessions
from fedinet.http.tokens import revoke_every_token
from fedinet.invitations.commands import end_every_invitation
from fedinet.lockdown import store
from fedinet.lockdown.model import MAX_REASON, Rotation
from fedinet.node.push_key_store import delete_push_key
from fedinet.node.secrets import SecretBox
from fedinet.node.store import lift as lift_node
from fedinet.node.store import lock_down as lock_node_down
from fedinet.push.store import delete_every
from fedinet.queue.jobs import enqueue_job
from fedinet.security.commands import end_what_signs_in

logger = logging.getLogger(__name__)

ROTATE_ACTORS: Final = "lockdown.rotate_actors"
"""Job with ``{"after": …}``: new signing keys for some actors, and then for the next."""
_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class Locked:
    """What a lockdown did. ``is_new``: it was not locked before."""

    is_new: bool
    sessions: int
    tokens: int
    invitations: int


async def lock_down(
    tx: Tx,
    *,
    by: str,
    reason: str,
    rotate: Collection[Rotation] = (),
    data: Path,
    but_not: str = "",
) -> Locked:
    """Lock the node, sign everybody out, and end what lets people in. Again: ends all of it again.

    ``but_not``: the cookie of the owner who does it on a page; all others go.
    Keys of actors are made anew by a job; the Updates wait until the lockdown is lifted.
    """
    is_new = await lock_node_down(tx, by=by, reason=reason.strip()[:MAX_REASON])
    await store.keep_sessions(tx)
    sessions = await end_all_sessions(tx, but_not=but_not)
    tokens = await revoke_every_token(tx)
    await end_what_signs_in(tx)
    invitations = 0
    if Rotation.INVITATIONS in rotate:
        invitations = await end_every_invitation(tx)
    if Rotation.PUSH in rotate:
        await delete_every(tx)
        await delete_push_key(tx)
    if Rotation.ACTORS in rotate:
        await enqueue_job(tx, ROTATE_ACTORS, {"after": 0}, unique_key="0")
    if Rotation.BACKUPS in rotate and not is_given_from_outside():
        replace_passphrase(data)
    logger.warning("lockdown.began by=%s sessions=%d tokens=%d", by, sessions, tokens)
    return Locked(is_new, sessions, tokens, invitations)


async def lift(tx: Tx, *, by: str) -> bool:
    """Open the community again; False: it was not locked. Who was signed in signs in anew."""
    lifted = await lift_node(tx)
    logger.warning("lockdown.lifted by=%s", by)
    return lifted


async def rotate_some(pool: Pool, box: SecretBox, after: int, *, now: datetime) -> int | None:
    """Give some actors new keys, those with the next numbers; returns the last, None at the end."""
    actor_ids = await store.list_actors(pool, after, _AT_ONCE)
    for actor_id in actor_ids:
        keys = await generate_keys()
        async with transaction(pool) as tx:
            await rotate_keys(tx, await get_actor(tx, actor_id), box=box, keys=keys, now=now)
    return actor_ids[-1] if actor_ids else None
