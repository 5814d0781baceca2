"""Integrity proofs on what goes out: what anyone may read, anyone may check and pass on.

Made once for all recipients, when an activity is fanned out and before its bytes
are signed for the first inbox. What is not public carries none: a proof would
show to others what was told to a few.
"""

import asyncio
import logging
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Protocol

import msgspec

from fedinet.db.query import Tx
from fedinet.kernel.errors import FedinetError, Malformed
from fedinet.kernel.ids import ActorId
from fedinet.outbox import fanout_store as store
from fedinet.outbox.fanout_store import Waiting
from fedinet.signing.integrity import with_proof
from fedinet.signing.keys import KeyKind, SigningKey
from fedinet.vocab.activity import Document, is_public, uris_of

logger = logging.getLogger(__name__)


class ProofKeys(Protocol):
    """Where the private keys of our actors come from (``actors.keys.Signer``)."""

    async def signing_key(self, actor_id: ActorId, kind: KeyKind) -> SigningKey:
        """Raises ``NotFound`` where the actor has none."""
        ...


async def prove_public(
    tx: Tx, keys: ProofKeys, outgoing_ids: Sequence[int], *, now: datetime
) -> None:
    """Put proofs on the public ones among these activities. Repeatable; none has been sent."""
    waiting = await store.list_waiting(tx, outgoing_ids)
    opened = {sender: await _key(keys, sender) for sender in {one.sender for one in waiting}}
    proven = await asyncio.to_thread(
        lambda: [
            changed
            for one in waiting
            if (key := opened[one.sender]) is not None
            and (changed := _proven(one, key, now)) is not None
        ]
    )
    await store.replace_bodies(tx, proven)


async def _key(keys: ProofKeys, sender: ActorId) -> SigningKey | None:
    try:
        return await keys.signing_key(sender, KeyKind.ED25519)
    except FedinetError as error:
        logger.warning("outbox.unproven sender=%d why=%s", sender, error)
        return None


def _proven(one: Waiting, key: SigningKey, now: datetime) -> Waiting | None:
    activity: Document = msgspec.json.decode(one.body, type=dict[str, object])
    if not may_carry_proof(activity, one.sender_uri):
        return None
    try:
        body = msgspec.json.encode(with_proof(activity, key, now=now))
    except Malformed as error:  # its sender's own words, e.g. a number that is too large
        logger.warning("outbox.unproven id=%d why=%s", one.outgoing_id, error)
        return None
    return replace(one, body=body, digest=b64encode(sha256(body).digest()).decode())


def may_carry_proof(activity: Document, sender_uri: str) -> bool:
    """Tell whether an activity is public, the sender's own, and not proven yet.

    What we pass on for others keeps the bytes, and the proofs, that it came with.
    """
    addressed = (*uris_of(activity.get("to")), *uris_of(activity.get("cc")))
    return (
        activity.get("actor") == sender_uri
        and "proof" not in activity
        and "signature" not in activity
        and any(map(is_public, addressed))
    )
