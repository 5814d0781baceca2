"""Who sent this request? Signatures checked with cached keys, unknown keys fetched sparingly.

A known key costs no SQL: the parsed key and the facts about its owner are kept
in this process, and dropped on notice (``ACTORS_CHANNEL``) or after minutes.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from fedinet.actors import keys_store, store
from fedinet.actors.key_fetch import KeyFetcher, UnknownKey
from fedinet.actors.model import Actor
from fedinet.actors.remote import ActorSource
from fedinet.db.query import Pool
from fedinet.kernel.ids import ActorId, ActorUri, KeyUri
from fedinet.kernel.names import NodeUris
from fedinet.kernel.uris import origin_of
from fedinet.signing.claim import Claim
from fedinet.signing.keys import PublicKey, read_public_der
from fedinet.signing.message import SignedMessage
from fedinet.signing.refusals import BadSignature
from fedinet.signing.verify import check, check_claim, read_claim

KNOWN_KEYS: Final = 20_000
KNOWN_FOR: Final = timedelta(minutes=5)
"""The safety net below the notices: a process that misses one believes an old key this long."""

_ROTATED: Final = frozenset({"wrong_key", "algorithm_mismatch"})


@dataclass(frozen=True, slots=True)
class Verified:
    """The proven sender of a request. ``origin`` is that of the actor, e.g. ``https://b.example``."""

    actor_uri: ActorUri
    actor_id: ActorId
    key_id: KeyUri
    origin: str
    is_suspended: bool
    is_gone: bool
    is_local: bool
    read_at: datetime | None
    """When its document was last read."""


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key and whose it is, as far as this process may believe it without another look."""

    sender: Verified
    key: PublicKey
    until: datetime


class Verifier:
    """One per process. Signatures are checked inline: 20 microseconds for RSA."""

    def __init__(self, pool: Pool, source: ActorSource, uris: NodeUris) -> None:
        self._pool = pool
        self._uris = uris
        self._fetch = KeyFetcher(source)
        self._known: OrderedDict[str, KnownKey] = OrderedDict()
        self._ids: dict[ActorId, set[str]] = {}
        self._notices = 0

    async def verify(
        self, message: SignedMessage, *, now: datetime, may_fetch: bool = True
    ) -> Verified:
        """Return the sender, or say why not. ``message.authority`` is our configured one.

        ``may_fetch=False`` takes only keys that are here already: for a Delete
        or an Update of an actor that we never heard of (TRAPS 21).

        Raises:
            BadSignature: with the reason; nothing is fetched for a request that
                fails without its key.
            UnknownKey: there is no such key for us.
            Overloaded: the key could not be fetched now. Ask again later.
        """
        claim = read_claim(message)
        known = self._cached(claim.key_id, now)
        if known is None:
            check_claim(message, claim, now=now)
            known = await self._from_rows(claim.key_id, now) or await self._fetched(
                claim.key_id, now, may_fetch=may_fetch
            )
        try:
            check(message, claim, known.key, now=now)
        except BadSignature as error:
            if error.reason not in _ROTATED or not may_fetch or known.sender.is_local:
                raise
            return await self._after_rotation(message, claim, error, now)
        return known.sender

    async def find_key(self, key_id: KeyUri, *, now: datetime) -> KnownKey:
        """The key with this id, of an actor that lists it; fetched where it is not here.

        Raises:
            UnknownKey: there is no such key for us.
            Overloaded: the key could not be fetched now.
        """
        return (
            self._cached(key_id, now)
            or await self._from_rows(key_id, now)
            or await self._fetched(key_id, now, may_fetch=True)
        )

    async def find_changed_key(self, key_id: KeyUri, *, now: datetime) -> KnownKey | None:
        """Ask the owner once whether a key was replaced; None where it was not.

        Raises:
            UnknownKey: its owner lists it no more.
            Overloaded: the owner could not be asked now.
        """
        before = await keys_store.find_key(self._pool, key_id)
        if not self._fetch.may_ask(key_id, now):
            return None
        known = await self._fetched(key_id, now, may_fetch=True)
        if before is not None and known.key.der == before.public_der:
            return None
        return known

    def forget(self, payload: str) -> None:
        """Drop what is known of one actor; of all for an empty payload.

        Takes the payload of ``ACTORS_CHANNEL``.
        """
        self._notices += 1
        if not payload.isdigit():
            self._known.clear()
            self._ids.clear()
            return
        for key_id in self._ids.pop(ActorId(int(payload)), ()):
            self._known.pop(key_id, None)

    async def _after_rotation(
        self, message: SignedMessage, claim: Claim, refused: BadSignature, now: datetime
    ) -> Verified:
        """Check again with the key that its owner lists now, if it is another."""
        known = await self.find_changed_key(claim.key_id, now=now)
        if known is None:
            raise refused
        check(message, claim, known.key, now=now)
        return known.sender

    def _cached(self, key_id: KeyUri, now: datetime) -> KnownKey | None:
        known = self._known.get(key_id)
        if known is None or known.until < now:
            return None
        self._known.move_to_end(key_id)
        return known

    async def _from_rows(self, key_id: KeyUri, now: datetime) -> KnownKey | None:
        notices = self._notices
        stored = await keys_store.find_key(self._pool, key_id)
        if stored is None:
            return None
        actor = await store.find_actor(self._pool, stored.actor_id)
        if actor is None:
            return None
        until = min(now + KNOWN_FOR, stored.valid_until or now + KNOWN_FOR)
        known = KnownKey(_sender(actor, key_id), read_public_der(stored.public_der), until)
        if notices == self._notices:  # else the rows may have changed since they were read
            self._remember(known)
        return known

    async def _fetched(self, key_id: KeyUri, now: datetime, *, may_fetch: bool) -> KnownKey:
        if not may_fetch or self._uris.is_ours(key_id):
            raise UnknownKey(f"not fetched: {key_id}")
        await self._fetch.store_owner(key_id, now)
        known = await self._from_rows(key_id, now)
        if known is None:
            raise UnknownKey(f"its owner does not list {key_id}")
        return known

    def _remember(self, known: KnownKey) -> None:
        key_id, actor_id = known.sender.key_id, known.sender.actor_id
        self._known[key_id] = known
        self._ids.setdefault(actor_id, set()).add(key_id)
        if len(self._known) > KNOWN_KEYS:
            oldest, dropped = self._known.popitem(last=False)
            self._unlink(dropped.sender.actor_id, oldest)

    def _unlink(self, actor_id: ActorId, key_id: str) -> None:
        keys = self._ids.get(actor_id, set())
        keys.discard(key_id)
        if not keys:
            self._ids.pop(actor_id, None)


def _sender(actor: Actor, key_id: KeyUri) -> Verified:
    return Verified(
        actor_uri=actor.uri,
        actor_id=actor.id,
        key_id=key_id,
        origin=str(origin_of(actor.uri)),
        is_suspended=actor.is_suspended,
        is_gone=actor.is_gone,
        is_local=actor.is_local,
        read_at=actor.fetched_at,
    )
