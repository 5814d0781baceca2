"""One visit to one host: sign, POST, judge, in order per sender and inbox.

Up to four inboxes of a host at a time. A host that failed before is asked for
one delivery only, until it takes one.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import random
from time import monotonic
from typing import Final, Protocol

from fedinet.kernel.errors import FedinetError, Malformed, NotFound, RemoteUnavailable
from fedinet.kernel.ids import ActorId
from fedinet.net.errors import Blocked
from fedinet.net.fetch import Answer, Fetcher
from fedinet.outbox.backoff import (
    UNREACHABLE,
    UNSIGNED,
    Delivered,
    Later,
    Never,
    Verdict,
    delivery_wait,
    host_pause,
    judge,
)
from fedinet.outbox.desk import SigningDesk
from fedinet.outbox.ledger import Ledger
from fedinet.outbox.metrics import ANSWER_SECONDS, ATTEMPTS
from fedinet.outbox.model import Content, Delivery, Lease
from fedinet.outbox.queue_store import Postponed, Released, Result
from fedinet.outbox.synchronisation import Digests, said_of_followers
from fedinet.policy.ask import RefusedByPolicy
from fedinet.signing.claim import Scheme
from fedinet.signing.keys import SigningKey
from fedinet.signing.message import Outgoing

logger = logging.getLogger(__name__)

ANSWER_WITHIN_S: Final = 10.0
VISIT_S: Final = 15.0
"""No delivery is begun later than this; those that are under way have their time."""
LEASE: Final = timedelta(seconds=20)
"""How long the hosts of a process that died wait. Longer visits renew it (``run.py``)."""
INBOXES_AT_ONCE: Final = 4
_KNOCK_AGAIN: Final = frozenset({400, 401})
_OTHER: Final = {Scheme.CAVAGE: Scheme.RFC9421, Scheme.RFC9421: Scheme.CAVAGE}
_HEADERS: Final = {
    "Content-Type": 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    "Accept": "*/*",
}
"""Source: https://www.w3.org/TR/activitypub/#server-to-server-interactions ("MUST")"""


class Keys(Protocol):
    """Where the private keys of our actors come from (``actors.keys.Signer``)."""

    async def signing_key(self, actor_id: ActorId) -> SigningKey:
        """Raises ``NotFound`` where the actor has none."""
        ...


@dataclass(slots=True, kw_only=True)
class Visit:
    """What has been learned of a host so far."""

    lease: Lease
    scheme: Scheme
    digests: Digests
    until: float
    """On the monotonic clock."""
    served: bool = False
    """Somebody took or refused something: the host is alive."""
    trouble: Later | None = None
    error: str | None = None
    unreached: list[tuple[Delivery, str]] = field(default_factory=list[tuple[Delivery, str]])
    left: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more may be begun: no time, nobody there, or asked to go away."""
        return _ends_visit(self.trouble) or monotonic() > self.until

    def meet(self, trouble: Later, error: str) -> None:
        """Remember trouble; what ends the visit is not forgotten over what does not."""
        if not _ends_visit(self.trouble):
            self.trouble, self.error = trouble, error


class Courier:
    """Makes visits. One per worker process."""

    def __init__(self, fetcher: Fetcher, keys: Keys, desk: SigningDesk, ledger: Ledger) -> None:
        self._fetcher = fetcher
        self._keys = keys
        self._desk = desk
        self._ledger = ledger

    async def visit(
        self,
        lease: Lease,
        due: Sequence[Delivery],
        contents: Mapping[int, Content],
        *,
        has_more: bool,
        digests: Digests,
    ) -> None:
        """Deliver what is due at a leased host, and let the host go, whatever happens."""
        visit = Visit(
            lease=lease, scheme=lease.scheme, digests=digests, until=monotonic() + VISIT_S
        )
        if lease.failures and len(due) > 1:
            due, visit.left = due[:1], True
        try:
            await self._walk_all(visit, _chains(due), contents)
        except Exception:
            logger.exception("outbox.visit_failed host=%s", lease.host)
            visit.meet(Later("fault"), "a fault of ours, see the log")
            visit.left = True
        except BaseException:  # the worker stops: what was not tried is due again at once
            visit.left = True
            raise
        finally:
            self._end(visit, has_more=has_more)

    async def open_keys(self, senders: Iterable[ActorId]) -> None:
        """Load each key once before hundreds of visits ask for it at the same moment."""
        for sender in senders:
            # Whoever delivers for this sender meets the same error, and knows what it means.
            with suppress(FedinetError):
                await self._keys.signing_key(sender)

    async def _walk_all(
        self, visit: Visit, chains: list[list[Delivery]], contents: Mapping[int, Content]
    ) -> None:
        if len(chains) == 1:
            await self._walk(visit, chains[0], contents)
            return

        async def lane() -> None:
            while chains:
                await self._walk(visit, chains.pop(0), contents)

        async with asyncio.TaskGroup() as lanes:
            for _ in range(min(INBOXES_AT_ONCE, len(chains))):
                lanes.create_task(lane())

    async def _walk(
        self, visit: Visit, chain: Sequence[Delivery], contents: Mapping[int, Content]
    ) -> None:
        """Deliver from one sender to one inbox, one after the other, until one fails."""
        for delivery in chain:
            content = contents.get(delivery.outgoing_id)
            if content is None:  # pruned, or its sender was deleted: the delivery went along
                continue
            if visit.is_over:
                visit.left = True
                return
            verdict, error = await self._attempt(visit, delivery, content)
            self._record(visit, delivery, verdict, error)
            if isinstance(verdict, Later):
                visit.left = visit.left or delivery is not chain[-1]
                return

    async def _attempt(
        self, visit: Visit, delivery: Delivery, content: Content
    ) -> tuple[Verdict, str]:
        try:
            key = await self._keys.signing_key(delivery.sender)
        except NotFound:
            return Never("no_key"), ""
        except FedinetError as error:
            return UNSIGNED, _shown(str(error))
        try:
            answer = await self._knock(visit, key, delivery, content)
        except RefusedByPolicy as error:
            return Never("policy"), _shown(str(error))
        except Blocked as error:
            return Never("blocked_address"), _shown(str(error))
        except Malformed as error:
            return Never("unusable_address"), _shown(str(error))
        except RemoteUnavailable as error:
            return UNREACHABLE, _shown(str(error))
        return (
            judge(answer.status, answer.headers.get("Retry-After"), datetime.now(UTC)),
            _shown(f"{answer.status} {answer.body[:200].decode('utf-8', 'replace')}"),
        )

    async def _knock(
        self, visit: Visit, key: SigningKey, delivery: Delivery, content: Content
    ) -> Answer:
        """POST; where the signature is not understood, once more with the other scheme.

        A host that takes the other one gets it first from then on.
        """
        said = said_of_followers(delivery, content, visit.digests)
        first = await self._post(key, delivery, content, visit.scheme, said)
        if first.status not in _KNOCK_AGAIN:
            return first
        other = _OTHER[visit.scheme]
        second = await self._post(key, delivery, content, other, said)
        if not 200 <= second.status < 300:
            return first
        visit.scheme = other
        return second

    async def _post(
        self,
        key: SigningKey,
        delivery: Delivery,
        content: Content,
        scheme: Scheme,
        said: tuple[tuple[str, str], ...],
    ) -> Answer:
        request = Outgoing("POST", delivery.inbox, content.sha256, said)
        headers = await self._desk.sign(key, request, scheme, datetime.now(UTC))
        begun = monotonic()
        answer = await self._fetcher.post(
            delivery.inbox, content.body, _HEADERS | headers, timeout_s=ANSWER_WITHIN_S
        )
        ANSWER_SECONDS.observe(monotonic() - begun)
        return answer

    def _record(self, visit: Visit, delivery: Delivery, verdict: Verdict, error: str) -> None:
        match verdict:
            case Delivered():
                visit.served = True
                self._ledger.delivered(delivery)
                _tell("delivered", "", delivery)
            case Never(reason):
                visit.served = visit.served or reason in ("refused", "gone", "not_supported")
                self._ledger.buried(delivery, reason, error)
                _tell("never", reason, delivery, error)
            case Later(reason):
                if not verdict.ours:
                    visit.meet(verdict, error)
                _tell("later", reason, delivery, error)
                if delivery.expires_at <= datetime.now(UTC):
                    self._ledger.buried(delivery, "expired", error)
                elif verdict.answered:
                    self._postpone(delivery, delivery_wait(delivery.attempts + 1, _chance()), error)
                else:
                    visit.unreached.append((delivery, error))

    def _postpone(self, delivery: Delivery, wait: timedelta, error: str) -> None:
        self._ledger.postponed(Postponed(delivery, wait, error))

    def _end(self, visit: Visit, *, has_more: bool) -> None:
        """Let the host go. Where nobody answered at all, its pause is the only clock."""
        result: Result = "ok" if visit.served else "failed" if visit.trouble else "idle"
        for delivery, error in visit.unreached:
            wait = delivery_wait(delivery.attempts + 1, _chance()) if visit.served else timedelta()
            self._postpone(delivery, wait, error)
        pause = timedelta()
        if visit.trouble is not None:
            if result == "failed":
                pause = host_pause(visit.lease.failures + 1, visit.trouble, _chance())
            elif visit.trouble.pause is not None:
                pause = visit.trouble.pause
        self._ledger.released(
            Released(
                lease=visit.lease,
                result=result,
                scheme=visit.scheme,
                pause=pause,
                error=visit.error,
                has_more=has_more or visit.left,
            )
        )


def _chains(due: Sequence[Delivery]) -> list[list[Delivery]]:
    """What has to arrive in order, per sender and inbox; chains in the order of their first."""
    chains: dict[tuple[ActorId, str], list[Delivery]] = {}
    for delivery in due:
        chains.setdefault((delivery.sender, delivery.inbox), []).append(delivery)
    return list(chains.values())


def _ends_visit(trouble: Later | None) -> bool:
    return trouble is not None and (not trouble.answered or trouble.pause is not None)


def _chance() -> float:
    return random()  # noqa: S311  # spreads retries, guards nothing


def _tell(outcome: str, reason: str, delivery: Delivery, error: str = "") -> None:
    ATTEMPTS.labels(outcome, reason).inc()
    logger.info(
        "outbox.attempt outcome=%s reason=%s host=%s id=%d attempt=%d error=%r",
        outcome,
        reason,
        delivery.host,
        delivery.outgoing_id,
        delivery.attempts + 1,
        error,
    )


def _shown(text: str) -> str:
    """Remote text as it may stand in a log and on a steward's page: short, printable ASCII."""
    return "".join(ch if " " <= ch <= "~" else "?" for ch in text[:300])
