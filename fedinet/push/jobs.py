"""Ringing one app once: read, encrypt, send, and learn from the answer."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.digests.clock import quiet_until
from fedinet.digests.store import find_rhythm_of
from fedinet.http.tokens import list_live
from fedinet.kernel.errors import Malformed, RemoteUnavailable
from fedinet.kernel.names import NodeUris
from fedinet.kernel.zones import UTC_NAME, zone_of
from fedinet.net.fetch import Fetcher
from fedinet.net.urls import wire_url
from fedinet.node.push_keys import PushKeys
from fedinet.node.secrets import SecretBox
from fedinet.node.store import get_time_zone
from fedinet.push import store
from fedinet.push.commands import row_of
from fedinet.push.encryption import SALT_BYTES, Once, Sealed, node_token, seal, seal_as_before
from fedinet.push.message import Told, encode, find_told
from fedinet.push.model import Subscription
from fedinet.queue.jobs import enqueue_job

logger = logging.getLogger(__name__)

PUSH: Final = "push"
"""As 0031 writes it into the jobs."""
_TIMEOUT_S: Final = 5.0
_KEPT_S: Final = 172_800
"""How long a push service keeps it for an app that is away."""
_TRY_AGAIN: Final = frozenset({408, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    """What it takes to ring. ``fetcher`` asks no policy: push services are no peers of ours."""

    pool: Pool
    fetcher: Fetcher
    box: SecretBox
    keys: PushKeys
    uris: NodeUris
    house_zone: str = UTC_NAME
    """Where neither the member nor the stewards chose a time zone."""


async def push(bell: Bell, payload: Mapping[str, object]) -> None:
    """Send one notification to one subscription, where both still want it.

    Twice is possible (the app shows one by its id), never late: what is hours old is not sent.
    In quiet hours it is promised anew for their end; then only the newest few ring.

    Raises:
        RemoteUnavailable: its service does not answer, or wants to be left alone for a while.
    """
    number, told_id = payload["subscription"], payload["told"]
    if not isinstance(number, int) or not isinstance(told_id, int):
        raise Malformed(f"a push of {payload}")
    found = await store.find(bell.pool, number)
    if found is None:
        return
    to, token_sealed = found
    if not await list_live(bell.pool, [to.token_id]):
        return
    now = datetime.now(UTC)
    rhythm = await find_rhythm_of(bell.pool, to.owner_id)
    zone = zone_of(rhythm.time_zone, await get_time_zone(bell.pool), bell.house_zone)
    until = quiet_until(rhythm, zone, now)
    if until is not None:
        await _hold(bell, number, told_id, until)
        return
    async with bell.pool.acquire() as conn:
        told = await find_told(
            conn, bell.uris, to, told_id, now, rung=rhythm.push, was_held="held" in payload
        )
    if told is None:
        return
    if to.retry_at is not None and to.retry_at > now:
        raise RemoteUnavailable(f"push {to.id}: not to be asked before {to.retry_at:%H:%M:%S}")
    access_token = bell.box.open(token_sealed, row=row_of(to.token_id)).decode()
    await _send(bell, to, told, await _sealed(bell, to, encode(told, access_token), now))


async def _hold(bell: Bell, number: int, told_id: int, until: datetime) -> None:
    """Promise it for later, once, whichever process dies in between."""
    async with transaction(bell.pool) as tx:
        await enqueue_job(
            tx,
            PUSH,
            {"subscription": number, "told": told_id, "held": True},
            unique_key=f"held.{number}.{told_id}.{until:%Y%m%d%H%M}",
            due_at=until,
        )


async def _sealed(bell: Bell, to: Subscription, plain: bytes, now: datetime) -> Sealed:
    key = await bell.keys.get()
    once = Once(ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(SALT_BYTES))
    token = node_token(
        key,
        audience=str(wire_url(to.endpoint).origin),
        subject=f"{bell.uris.origin}/about",
        now=now,
    )
    return (seal if to.standard else seal_as_before)(plain, to.keys, once, key, token)


async def _send(bell: Bell, to: Subscription, told: Told, sealed: Sealed) -> None:
    headers = {
        **sealed.headers,
        "Content-Type": "application/octet-stream",
        "TTL": str(_KEPT_S),
        "Urgency": "normal",
    }
    try:
        answer = await bell.fetcher.post(to.endpoint, sealed.body, headers, timeout_s=_TIMEOUT_S)
    except Malformed as error:  # a private address by now, or no HTTP
        await _end(bell, to, str(error))
        return
    except RemoteUnavailable:
        await store.mark_failing(bell.pool, to)
        raise
    if 200 <= answer.status < 300:
        await store.mark_working(bell.pool, to)
        logger.info("push.sent subscription=%d type=%s", to.id, told.word)
    elif 400 <= answer.status < 500 and answer.status not in _TRY_AGAIN:
        await _end(bell, to, f"answer {answer.status}")
    else:
        await store.mark_failing(bell.pool, to)
        raise RemoteUnavailable(f"push {to.id}: answer {answer.status}")


async def _end(bell: Bell, to: Subscription, reason: str) -> None:
    await store.end(bell.pool, to)
    logger.info("push.ended subscription=%d reason=%s", to.id, reason)
