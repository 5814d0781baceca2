"""Fetching the owner of an unknown or changed key: rarely, briefly, and fairly.

Whoever sends us requests chooses the key ids, so every limit here is against a
sender that makes us fetch (TRAPS 21). "Not now" and "no" are different answers:
a peer that gets 401 may give up on us for good, one that gets 503 comes back.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from fedinet.actors.remote import ActorSource
from fedinet.kernel.errors import (
    Forbidden,
    Gone,
    Malformed,
    NotFound,
    Overloaded,
    RemoteUnavailable,
    Unauthenticated,
)
from fedinet.kernel.ids import KeyUri
from fedinet.kernel.uris import origin_of, same_origin
from fedinet.net.domains import registrable
from fedinet.vocab.activity import ACTOR_TYPES, Document, listed, uri_of

ASK_AGAIN_AFTER: Final = timedelta(minutes=10)
UNREACHABLE_FOR: Final = timedelta(minutes=1)
TIMEOUT_S: Final = 5.0
AT_ONCE: Final = 2
BURST: Final = 60
REFILL_PER_S: Final = 1.0
_WAITING: Final = 40
_REMEMBERED: Final = 20_000


class UnknownKey(Unauthenticated):
    """The key cannot be had: no such key, not its owner's, or none that we may fetch."""

    reason = "unknown_key"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, public="Signature refused: its key cannot be found")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What came of asking for one key id. ``refusal`` None: its owner was stored."""

    again_at: datetime
    refusal: type[UnknownKey | Overloaded] | None
    why: str = ""


@dataclass(slots=True)
class _Domain:
    """What one registrable domain may still cost us."""

    tokens: float
    at: datetime
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    waiting: int = 0


class KeyFetcher:
    """Limits are per process. Remembers what it asked, in bounded memory."""

    def __init__(self, source: ActorSource) -> None:
        self._source = source
        self._asked: OrderedDict[str, _Asked] = OrderedDict()
        self._domains: OrderedDict[str, _Domain] = OrderedDict()
        self._flights: dict[str, asyncio.Task[_Asked]] = {}

    def may_ask(self, key_id: KeyUri, now: datetime) -> bool:
        """Tell whether this key id was left alone long enough."""
        asked = self._asked.get(key_id)
        return key_id not in self._flights and (asked is None or asked.again_at <= now)

    async def store_owner(self, key_id: KeyUri, now: datetime) -> None:
        """Fetch and store the actor behind a key id. Several askers wait for one fetch.

        Whether that actor lists the key is for the caller to look up.

        Raises:
            UnknownKey: there is nobody there, as far as we know for ten minutes.
            Overloaded: a limit, or no answer. The sender should try again.
        """
        flight = self._flights.get(key_id)
        if flight is None:
            asked = self._asked.get(key_id)
            if asked is not None and asked.again_at > now:
                return _raise(asked)
            flight = asyncio.create_task(self._ask(key_id, now))
            self._flights[key_id] = flight
            flight.add_done_callback(lambda _: self._flights.pop(key_id, None))
            flight.add_done_callback(_retrieve)
        return _raise(await asyncio.shield(flight))

    async def _ask(self, key_id: KeyUri, now: datetime) -> _Asked:
        try:
            async with asyncio.timeout(TIMEOUT_S), self._slot(key_id, now):
                await self._fetch(key_id, now)
        except Overloaded as error:
            return _Asked(now, Overloaded, str(error))  # a limit of ours: nobody was asked
        except (TimeoutError, RemoteUnavailable) as error:
            asked = _Asked(now + UNREACHABLE_FOR, Overloaded, f"{key_id}: {error}")
        except (NotFound, Gone, Forbidden, Malformed) as error:
            asked = _Asked(now + ASK_AGAIN_AFTER, UnknownKey, f"{key_id}: {error}")
        else:
            asked = _Asked(now + ASK_AGAIN_AFTER, None)
        self._asked[key_id] = asked
        self._asked.move_to_end(key_id)
        if len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)
        return asked

    async def _fetch(self, key_id: KeyUri, now: datetime) -> None:
        document, _ = await self._source.document(key_id)
        if any(kind in ACTOR_TYPES for kind in listed(document.get("type"))):
            await self._source.keep(document, now=now)
            return
        owner, _ = await self._source.document(_owner(document, key_id))
        await self._source.keep(owner, now=now, key=document)

    @asynccontextmanager
    async def _slot(self, key_id: KeyUri, now: datetime) -> AsyncGenerator[None]:
        """Wait for one of the domain's two places, within the time of the whole fetch."""
        domain = self._domain(key_id, now)
        if domain.tokens < 1 or domain.waiting >= _WAITING:
            raise Overloaded(f"too many keys from one domain: {key_id}")
        domain.tokens -= 1
        domain.waiting += 1
        try:
            async with domain.slots:
                yield
        finally:
            domain.waiting -= 1

    def _domain(self, key_id: KeyUri, now: datetime) -> _Domain:
        name = registrable(origin_of(key_id).domain)
        domain = self._domains.get(name)
        if domain is None:
            domain = self._domains[name] = _Domain(BURST, now)
        elapsed_s = max((now - domain.at).total_seconds(), 0.0)
        domain.tokens = min(BURST, domain.tokens + elapsed_s * REFILL_PER_S)
        domain.at = max(domain.at, now)
        self._domains.move_to_end(name)
        self._drop_idle_domain()
        return domain

    def _drop_idle_domain(self) -> None:
        if len(self._domains) > _REMEMBERED:
            name, domain = next(iter(self._domains.items()))
            if domain.waiting == 0:
                del self._domains[name]


def _retrieve(flight: "asyncio.Task[_Asked]") -> None:
    """Mark a failed flight as seen even if every asker has left."""
    if not flight.cancelled():
        flight.exception()


def _raise(asked: _Asked) -> None:
    if asked.refusal is not None:
        raise asked.refusal(asked.why)


def _owner(document: Document, key_id: KeyUri) -> str:
    """Whose key a key document says it is. Another origin cannot lend its name."""
    owner = uri_of(document.get("owner") or document.get("controller"))
    if owner is None or not same_origin(owner, key_id):
        raise Malformed(f"key without an owner of its own origin: {key_id}")
    return owner
