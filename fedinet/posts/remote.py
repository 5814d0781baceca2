"""Posts of other servers that we ask for ourselves: by address, and upwards along their parents.

Network and transaction never overlap. Only what its server shows to everybody
is kept (TRAPS 18); nothing under our own origin is ever fetched.
"""

import logging
from datetime import UTC, datetime
from typing import Final, Protocol

from fedinet.actors.model import Actor
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.kernel.errors import FedinetError, Malformed, NotFound
from fedinet.kernel.ids import ObjectUri, PostId
from fedinet.kernel.names import NodeUris
from fedinet.kernel.outcomes import Dropped
from fedinet.net.budget import Budget, Pace
from fedinet.policy.ask import Policy
from fedinet.policy.model import Scope
from fedinet.posts import intake, store
from fedinet.posts.arrivals import Arrival, read_arrival
from fedinet.posts.softening import soften
from fedinet.vocab.activity import Activity, Document
from fedinet.vocab.note import RemoteNote, parse_note, unwrapped

logger = logging.getLogger(__name__)

MAX_ANCESTORS: Final = 20
_MAX_REQUESTS: Final = 60
"""For one cause: a post, its ancestors, their authors and what redirects between them."""
MAX_AT_ONE_DOMAIN: Final = 50
"""Of these, at one registrable domain."""


class Documents(Protocol):
    """The part of ``actors.remote.ActorSource`` that jobs about posts need."""

    async def document(self, uri: str, *, budget: Budget | None = None) -> tuple[Document, str]: ...


class DocumentsAndActors(Documents, Protocol):
    """And what finding a post needs besides."""

    async def get(self, uri: str, *, budget: Budget | None = None) -> Actor: ...


class Posts(Protocol):
    """The part of ``PostSource`` that jobs of other slices need."""

    async def find(
        self, address: str, *, budget: Budget | None = None, look_further: bool = True
    ) -> PostId | None: ...


class PostSource:
    """One per process."""

    def __init__(
        self,
        pool: Pool,
        documents: DocumentsAndActors,
        uris: NodeUris,
        *,
        policy: Policy | None = None,
    ) -> None:
        """``policy`` decides on each post, as it does on those that are sent to us."""
        self._pool = pool
        self._policy = policy
        self._documents = documents
        self._uris = uris
        self.pace = Pace()
        """What work in the background may ask of each registrable domain."""

    async def find(
        self, address: str, *, budget: Budget | None = None, look_further: bool = True
    ) -> PostId | None:
        """Find the post with this id, or with this page, here or where it lives.

        A post that was not here is stored, with what it answers as far up as 20
        posts. None: there is no such post for us (gone, not public, not a post,
        of somebody suspended). Whoever shows it asks the gate. ``look_further`` False:
        neither what it answers nor what it quotes is looked for.

        Raises:
            RemoteUnavailable: its server does not answer now.
        """
        if self._uris.is_ours(address):
            return await store.find_own_post_id(self._pool, address)
        known = await store.find_post_id_by_uri(self._pool, address)
        if known is not None:
            return known
        budget = budget or Budget(_MAX_REQUESTS, per_domain=MAX_AT_ONE_DOMAIN, pace=self.pace)
        try:
            post_id, arrival = await self._fetch(address, budget, look_further=look_further)
        except FedinetError as error:
            if error.retryable:
                raise
            logger.info("posts.not_found address=%s why=%s", address, error)
            return None
        if look_further:
            await self._fetch_ancestors(arrival, budget)
        return post_id

    async def find_parent(self, uri: str) -> None:
        """Put the answers that wait for this post under it, once it is here. Idempotent.

        Answers to a post of ours were placed when they came, as far as the gate let
        their authors see it. What is left stands alone: nobody gets into a
        conversation by naming its address.

        Raises:
            RemoteUnavailable: its server does not answer now.
        """
        if self._uris.is_ours(uri):
            return
        post_id = await self.find(uri)
        if post_id is not None:
            async with transaction(self._pool) as tx:
                await intake.attach_to(tx, uri, post_id)

    async def read(self, document: Document, *, budget: Budget) -> Arrival:
        """Read an authentic document of a post; its author is fetched if need be.

        Raises:
            NotFound: it may not be kept. RefusedByPolicy: nor by a rule.
            FedinetError: not a post of another server, or what fetching its author raises.
        """
        document = unwrapped(document)
        note = parse_note(document)
        if self._uris.is_ours(note.uri):
            raise Malformed(f"a post of ours from elsewhere: {note.uri}")
        author = await self._documents.get(note.attributed_to, budget=budget)
        arrival = _read(note, author)
        if self._policy is None:
            return arrival
        said = Activity(
            id=None, type="Create", actor=author.uri, object=document, to=note.to, cc=note.cc
        )
        return soften(arrival, await self._policy.permit_said(said, scope=Scope.FETCH))

    async def keep(self, arrival: Arrival, *, look_further: bool = False) -> PostId:
        """Store a public post that we fetched, unless it is here already. Nobody is told of it.

        ``look_further``: what it quotes is looked for, too.

        Raises:
            NotFound: it may not be kept.
        """
        async with transaction(self._pool) as tx:
            [kept] = await intake.take_in(
                tx, [arrival], delivered=False, public_only=True, look_further=look_further
            )
            if not isinstance(kept, Dropped):
                return kept
            known = await store.find_post_id_by_uri(tx, arrival.uri)
        if known is None:
            raise NotFound(f"not kept, {kept.reason}: {arrival.uri}")
        return known

    async def _fetch(
        self, address: str, budget: Budget, *, look_further: bool = False
    ) -> tuple[PostId, Arrival]:
        """Fetch and store one post.

        Raises:
            NotFound: it may not be kept.
            FedinetError: what the fetch raises.
        """
        document, _url = await self._documents.document(address, budget=budget)
        arrival = await self.read(document, budget=budget)
        return await self.keep(arrival, look_further=look_further), arrival

    async def _fetch_ancestors(self, arrival: Arrival, budget: Budget) -> None:
        """Walk up until a post is known, ends the thread, or cannot be had. Circles end too."""
        parent_uri = arrival.parent_uri
        for _ in range(MAX_ANCESTORS):
            if parent_uri is None or not await self._is_wanted(parent_uri):
                return
            try:
                _, parent = await self._fetch(parent_uri, budget)
            except FedinetError as error:
                logger.info("posts.ancestor_missing uri=%s why=%s", parent_uri, error)
                return
            parent_uri = parent.parent_uri

    async def _is_wanted(self, uri: ObjectUri) -> bool:
        return (
            not self._uris.is_ours(uri)
            and await store.find_post_id_by_uri(self._pool, uri) is None
            and not await store.is_tombstone(self._pool, uri)
        )


def _read(note: RemoteNote, author: Actor) -> Arrival:
    arrival = read_arrival(note, author_id=author.id, author_uri=author.uri, now=datetime.now(UTC))
    if isinstance(arrival, Dropped):
        raise NotFound(f"not kept, {arrival.reason}: {note.uri}")
    return arrival
