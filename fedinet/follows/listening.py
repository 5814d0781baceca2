"""Deliveries that say who follows their sender here: compared at the door, looked into later.

One indexed read per new digest; the same one again costs nothing for minutes.
A sender whose list differs is asked for it by a job, at most once in ten
minutes, and once a day where asking changes nothing (FEP-8fcf).
"""

import logging
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final

from fedinet.actors.verify import Verified
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.follows import digests_store
from fedinet.http.limits import Limit, count_attempt
from fedinet.kernel.errors import Overloaded, TooManyRequests
from fedinet.kernel.ids import ActorId
from fedinet.kernel.names import NodeUris
from fedinet.kernel.uris import origin_of, same_origin
from fedinet.net.domains import registrable
from fedinet.queue.jobs import enqueue_job
from fedinet.signing.message import SignedMessage
from fedinet.signing.verify import read_claim
from fedinet.vocab.synchronisation import HEADER, Synchronisation, read_synchronisation

logger = logging.getLogger(__name__)

SYNCHRONISE: Final = "follows.synchronise"
"""Job with ``{"actor_id": …, "collection": …, "url": …, "digest": …}``."""

ASK_AGAIN_AFTER: Final = timedelta(minutes=10)
BY_DOMAIN: Final = Limit("follower-sync", 60, timedelta(hours=1))
"""Of one registrable domain, however many actors it invents."""
_HEADER: Final = HEADER.lower()
_AGREED_FOR_S: Final = 300.0
_AGREED_KEPT: Final = 20_000


class FollowerWatch:
    """One per web process. ``heard`` is called with every delivery that was taken in."""

    def __init__(self, pool: Pool, uris: NodeUris) -> None:
        self._pool = pool
        self._here = str(uris.origin)
        self._agreed: OrderedDict[tuple[ActorId, str], float] = OrderedDict()

    async def heard(self, sender: Verified, message: SignedMessage) -> None:
        """Note what a verified delivery says of its sender's followers. Never refuses it."""
        raw = message.field(_HEADER)
        if raw is None or sender.is_suspended:
            return
        said = read_synchronisation(raw)
        if (
            said is None
            or _HEADER not in read_claim(message).covered
            or not same_origin(said.url, sender.actor_uri)
        ):
            logger.info("follows.sync_ignored actor=%s", sender.actor_uri)
            return
        key = (sender.actor_id, said.digest)
        if self._agreed.get(key, 0.0) > monotonic():
            return
        try:
            await self._compare(sender, said)
        except Overloaded as error:  # the next delivery says it again
            logger.info("follows.sync_later actor=%s why=%s", sender.actor_uri, error)

    async def _compare(self, sender: Verified, said: Synchronisation) -> None:
        ours = await digests_store.find_digest(self._pool, sender.actor_id, self._here)
        if ours == said.digest:
            self._agreed[sender.actor_id, said.digest] = monotonic() + _AGREED_FOR_S
            if len(self._agreed) > _AGREED_KEPT:
                self._agreed.popitem(last=False)
            return
        now = datetime.now(UTC)
        async with transaction(self._pool) as tx:
            is_ours_to_ask = await digests_store.claim_check(
                tx, sender.actor_id, now=now, again_at=now + ASK_AGAIN_AFTER
            )
        if not is_ours_to_ask or not await self._may_ask(sender.origin, now):
            return
        payload = {
            "actor_id": sender.actor_id,
            "collection": said.collection,
            "url": said.url,
            "digest": said.digest,
        }
        async with transaction(self._pool) as tx:
            await enqueue_job(tx, SYNCHRONISE, payload, unique_key=str(sender.actor_id))

    async def _may_ask(self, origin: str, now: datetime) -> bool:
        try:
            await count_attempt(
                self._pool, BY_DOMAIN, registrable(origin_of(origin).domain), now=now
            )
        except TooManyRequests as error:
            logger.info("follows.sync_later origin=%s why=%s", origin, error)
            return False
        return True
