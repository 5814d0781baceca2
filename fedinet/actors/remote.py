"""Actors of other servers: found here, else fetched, checked and stored.

Network and transaction never overlap: a document is fetched and its handle
looked up first, then both are stored at once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Final

from fedinet.actors import remote_store, store
from fedinet.actors.documents import Documents
from fedinet.actors.jrd import Handle, Jrd, read_handle
from fedinet.actors.keys import Signer
from fedinet.actors.model import Actor
from fedinet.actors.webfinger import bind, look_up
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.kernel.errors import Forbidden, Gone, Malformed, NotFound, RemoteUnavailable
from fedinet.kernel.ids import ActorId, Domain
from fedinet.kernel.names import NodeUris
from fedinet.net.budget import Budget
from fedinet.net.fetch import Fetcher
from fedinet.policy.ask import Policy
from fedinet.vocab.activity import Document, type_of
from fedinet.vocab.actor import RemoteActor, parse_actor, with_key

logger = logging.getLogger(__name__)

HANDLE_FRESH_FOR: Final = timedelta(days=1)
_FETCH_TIMEOUT_S: Final = 10.0


class ActorSource:
    """One per process. Several askers for one actor wait for one fetch."""

    def __init__(
        self,
        pool: Pool,
        fetcher: Fetcher,
        signer: Signer,
        uris: NodeUris,
        account_domain: Domain,
        *,
        policy: Policy | None = None,
    ) -> None:
        """``policy``: for those who keep what is fetched; requests are the fetcher's matter."""
        self.policy = policy
        self._pool = pool
        self._fetcher = fetcher
        self.uris = uris
        self._our_domains = frozenset({account_domain, uris.origin.domain})
        self._documents = Documents(fetcher, signer, uris)
        self._flights: dict[str, asyncio.Task[Actor]] = {}

    async def get(
        self, uri: str, *, as_of: datetime | None = None, budget: Budget | None = None
    ) -> Actor:
        """Give the actor with this id: the stored one, else a fetched one.

        With ``as_of`` a stored one must have been read at that moment or later;
        one that cannot be read again now is given as it is. Suspended and gone
        actors are given too: look at ``is_suspended`` and ``is_gone``.

        Raises:
            NotFound, Gone, Forbidden, Malformed: there is no such actor for us.
            RemoteUnavailable: its server does not answer now.
            BudgetSpent: the cause has fetched enough.
        """
        known = await store.find_actor_by_uri(self._pool, uri)
        if known is None and self.uris.is_ours(uri):
            raise NotFound(f"no local actor {uri}")
        if known is None:
            return await self._shared(f"first {uri}", lambda: self._first(uri, budget))
        if known.is_local or known.is_gone or _is_fresh(known, as_of):
            return known
        try:
            return await self.refresh(uri, budget=budget)
        except RemoteUnavailable as error:
            logger.info("actors.stale uri=%s why=%s", uri, error)
            return known

    async def refresh(
        self,
        uri: str,
        *,
        budget: Budget | None = None,
        timeout_s: float = _FETCH_TIMEOUT_S,
    ) -> Actor:
        """Fetch an actor now, by its id or any address that leads to it, and store it.

        Raises:
            NotFound, Gone, Forbidden, Malformed, RemoteUnavailable, BudgetSpent: as for ``get``.
        """
        return await self._shared(uri, lambda: self._refresh(uri, budget, timeout_s))

    async def keep(
        self, document: Document, *, now: datetime, key: Document | None = None
    ) -> Actor:
        """Store an authentic actor document that somebody else fetched, e.g. an inbound worker.

        ``key`` is an authentic document of a key by itself; it is kept with the
        actor if, and only if, the actor lists it.

        Raises:
            Malformed: not an actor, or one of ours.
        """
        remote = parse_actor(document)
        if key is not None:
            remote = with_key(remote, key)
        if self.uris.is_ours(remote.uri):
            raise Malformed(f"an actor of ours from elsewhere: {remote.uri}")
        handle = await self._bound(remote, now)
        async with transaction(self._pool) as tx:
            actor_id = await remote_store.upsert_remote_actor(tx, remote, now)
            if handle is not None:
                await remote_store.bind_handle(tx, actor_id, handle, now)
            return await store.get_actor(tx, actor_id)

    async def document(
        self, uri: str, *, signed_by: ActorId | None = None, budget: Budget | None = None
    ) -> tuple[Document, str]:
        """Fetch an authentic document of any kind, and the URL it was served at.

        See ``Documents.get`` for what is refused, and for ``signed_by``.
        """
        return await self._documents.get(uri, signed_by=signed_by, budget=budget)

    async def part(self, uri: str, *, budget: Budget | None = None) -> Document:
        """Fetch a view or a page of something else: see ``Documents.part``."""
        return await self._documents.part(uri, budget=budget)

    async def resolve_handle(self, raw: str, *, budget: Budget | None = None) -> Actor | None:
        """Find who ``ada@b.example`` (or ``@ada``, here) is; None where nobody is.

        Whom we know stays who they are while the domain does not answer.

        Raises:
            RemoteUnavailable: the domain does not answer now, and nobody is known by that handle.
        """
        local = raw.strip().removeprefix("acct:").removeprefix("@")
        if "@" not in local:
            return await store.find_local_by_name(self._pool, local)
        try:
            handle = read_handle(local)
        except Malformed:
            return None
        if handle.domain in self._our_domains:
            return await store.find_local_by_name(self._pool, handle.username)
        now = datetime.now(UTC)
        known = await store.find_by_handle(self._pool, handle.username, handle.domain)
        if known is not None and _is_bound(known, now):
            return known
        try:
            return await self._resolve_elsewhere(handle, now, budget)
        except RemoteUnavailable:
            if known is None or not _was_bound(known):
                raise
            return known

    async def known_by_handle(self, raw: str) -> Actor | None:
        """Give whose handle this was when their server last said so. Asks nobody."""
        try:
            handle = read_handle(raw)
        except Malformed:
            return None
        known = await store.find_by_handle(self._pool, handle.username, handle.domain)
        return known if known is not None and _was_bound(known) else None

    async def _resolve_elsewhere(
        self, handle: Handle, now: datetime, budget: Budget | None
    ) -> Actor | None:
        uri = await self._actor_uri(handle, now, budget)
        if uri is None or self.uris.is_ours(uri):
            return None
        try:
            actor = await self.get(uri, as_of=now - HANDLE_FRESH_FOR, budget=budget)
        except (NotFound, Gone, Forbidden, Malformed):
            return None
        # The document it leads to has confirmed a handle of its own; a name that
        # merely points there (an alias, the web domain of a split one) is fine.
        return actor if actor.handle_checked_at is not None and not actor.is_gone else None

    async def _actor_uri(self, handle: Handle, now: datetime, budget: Budget | None) -> str | None:
        since = now - remote_store.REMEMBERED_FOR
        remembered = await remote_store.find_lookup(self._pool, handle, since=since)
        if remembered is not None:
            return remembered[0]
        if budget is not None:
            budget.spend(str(handle))
        answer = await _answer(lambda: look_up(self._fetcher, handle))
        uri = None if answer is None else answer.actor_uri
        await remote_store.remember_lookup(self._pool, handle, uri, now)
        return uri

    async def _shared(self, key: str, fetch: Callable[[], Coroutine[None, None, Actor]]) -> Actor:
        """Let everyone who asks for the same wait for one flight; leaving does not end it."""
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = asyncio.create_task(fetch())
            flight.add_done_callback(lambda _: self._flights.pop(key, None))
            flight.add_done_callback(_retrieve)
        return await asyncio.shield(flight)

    async def _first(self, uri: str, budget: Budget | None) -> Actor:
        """Fetch an actor that was unknown a moment ago, unless another flight has just landed."""
        known = await store.find_actor_by_uri(self._pool, uri)
        return known or await self._refresh(uri, budget, _FETCH_TIMEOUT_S)

    async def _refresh(self, uri: str, budget: Budget | None, timeout_s: float) -> Actor:
        document, _ = await self._documents.get(uri, budget=budget, timeout_s=timeout_s)
        if type_of(document) == "Tombstone":
            raise Gone(f"a tombstone: {uri}")
        return await self.keep(document, now=datetime.now(UTC))

    async def _bound(self, remote: RemoteActor, now: datetime) -> Handle | None:
        """Confirm the handle, at most once a day; without an answer it stays unconfirmed."""
        known = await store.find_actor_by_uri(self._pool, remote.uri)
        if known is not None and _is_bound(known, now) and _names(remote, known):
            return None
        try:
            handle = await bind(
                self._fetcher, remote.uri, remote.username, claimed=remote.webfinger
            )
        except RemoteUnavailable as error:
            logger.info("actors.unbound uri=%s why=%s", remote.uri, error)
            return None
        return None if handle is None or handle.domain in self._our_domains else handle


def _is_fresh(actor: Actor, as_of: datetime | None) -> bool:
    return as_of is None or (actor.fetched_at is not None and actor.fetched_at >= as_of)


def _is_bound(actor: Actor, now: datetime) -> bool:
    checked = actor.handle_checked_at
    return checked is not None and now - checked < HANDLE_FRESH_FOR and not actor.is_gone


def _was_bound(actor: Actor) -> bool:
    return actor.handle_checked_at is not None and not actor.is_gone


def _names(remote: RemoteActor, known: Actor) -> bool:
    """Tell whether the document still goes by the handle it was bound to."""
    claimed = remote.webfinger or f"{remote.username}@{known.domain}"
    return claimed.lower() == known.full_handle.lower()


async def _answer(ask: Callable[[], Awaitable[Jrd]]) -> Jrd | None:
    try:
        return await ask()
    except (NotFound, Malformed):
        return None


def _retrieve(flight: "asyncio.Task[Actor]") -> None:
    """Mark a failed flight as seen even if every asker has left."""
    if not flight.cancelled():
        flight.exception()
