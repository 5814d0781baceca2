"""A visit to a conversation: what other servers have of it, and we have not.

Posts are asked for their answers, those for theirs, and so on, side by side and
within limits. A post is kept only if it is public, tied to its origin, and
answers something in this very conversation. No network inside a transaction.

Source: Mastodon 4.5, ``FetchAllRepliesWorker``; FEP-f228.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.kernel.errors import FedinetError, Gone, NotFound, RemoteUnavailable
from fedinet.kernel.ids import ObjectUri, PostId
from fedinet.kernel.names import NodeUris
from fedinet.net.budget import Budget, BudgetSpent, owner_of
from fedinet.posts.arrivals import Arrival
from fedinet.posts.remote import PostSource
from fedinet.posts.renewal import forget_gone, renew
from fedinet.threads import store
from fedinet.threads.model import AGAIN_AFTER, MOST_POSTS, Limits, Thread, is_due
from fedinet.threads.walk import Reference, Walker, address_of, carried_by, starts_of
from fedinet.vocab.activity import Document, type_of

logger = logging.getLogger(__name__)

_SEEDS: Final = 100


class Documents(Protocol):
    """The part of ``actors.remote.ActorSource`` that is needed here."""

    async def document(self, uri: str, *, budget: Budget | None = None) -> tuple[Document, str]: ...

    async def part(self, uri: str, *, budget: Budget | None = None) -> Document: ...


class Backfill:
    """One per process. ``visit`` does one conversation."""

    def __init__(self, pool: Pool, documents: Documents, posts: PostSource, uris: NodeUris) -> None:
        self._pool = pool
        self._documents = documents
        self._posts = posts
        self._uris = uris

    async def visit(self, here: PostId, limits: Limits) -> int:
        """Look for more of the conversation that this post is in, if that is due.

        Returns how many posts came. What fails at another server is left out.
        """
        now = datetime.now(UTC)
        thread = await store.find_thread(self._pool, here)
        if thread is None or not is_due(thread, now, again_after=limits.again_after):
            return 0
        visit = _Visit(
            pool=self._pool,
            documents=self._documents,
            posts=self._posts,
            uris=self._uris,
            here=here,
            limits=limits,
            now=now,
        )
        try:
            async with asyncio.timeout(limits.seconds):
                await visit.run(thread)
        except TimeoutError:
            visit.is_cut = True
        async with transaction(self._pool) as tx:
            await store.mark_asked(tx, sorted(visit.asked), now)
            await store.end_visit(tx, here, now, is_whole=not visit.was_cut)
        logger.info(
            "threads.visited root=%s posts=%d requests=%d whole=%s",
            thread.root_uri,
            visit.kept,
            visit.requests,
            not visit.was_cut,
        )
        return visit.kept


@dataclass(frozen=True, slots=True)
class _Asked:
    """A post whose answers are looked for; without its document, that is fetched first."""

    uri: str
    document: Document | None
    depth: int


@dataclass(frozen=True, slots=True)
class _Found:
    """A post in hand, read and not stored."""

    arrival: Arrival
    document: Document
    depth: int


class _Visit:
    """The state of one visit."""

    def __init__(
        self,
        *,
        pool: Pool,
        documents: Documents,
        posts: PostSource,
        uris: NodeUris,
        here: PostId,
        limits: Limits,
        now: datetime,
    ) -> None:
        self.kept = 0
        self.asked: set[str] = set()
        self.is_cut = False
        self._pool = pool
        self._documents = documents
        self._posts = posts
        self._uris = uris
        self._here = here
        self._limits = limits
        self._now = now
        self._root_uri = ""
        self._budget = Budget(limits.requests, per_domain=limits.per_domain, pace=posts.pace)
        self._walker = Walker(documents, self._budget, pages=limits.pages)
        self._todo: deque[_Asked] = deque()
        self._seen: set[str] = set()
        self._inside: set[str] = set()
        self._strays: dict[str, list[_Found]] = {}
        self._in_hand = 0
        self._silent: set[str] = set()

    @property
    def was_cut(self) -> bool:
        """Whether something was left, or could not be had just now."""
        return self.is_cut or self._walker.cut or bool(self._todo)

    @property
    def requests(self) -> int:
        return self._limits.requests - self._budget.left

    @property
    def _is_spent(self) -> bool:
        return self._budget.left <= 0 or self.kept >= self._limits.posts

    async def run(self, thread: Thread) -> None:
        """Begin at the first post; then those that were never, or not lately, asked about."""
        if await store.count_posts(self._pool, self._here, MOST_POSTS) >= MOST_POSTS:
            self.is_cut = True
            return
        thread = await self._look_above(thread)
        self._root_uri = thread.root_uri
        self._add(thread.root_uri)
        await self._work()
        before = self._now - AGAIN_AFTER
        seeds = await store.list_unasked(self._pool, self._here, before, _SEEDS)
        self.is_cut = self.is_cut or len(seeds) == _SEEDS
        for uri in seeds:
            self._add(uri)
        await self._work()

    async def _look_above(self, thread: Thread) -> Thread:
        """What the first post here answers may be had by now; then that is the first one."""
        if thread.root_parent_uri is None:
            return thread
        try:
            await self._posts.find_parent(thread.root_parent_uri)
        except FedinetError as error:
            self._missed(thread.root_parent_uri, error)
        return await store.find_thread(self._pool, self._here) or thread

    def _add(self, uri: str) -> None:
        if not self._uris.is_ours(uri) and uri not in self._seen:
            self.asked.add(uri)
            self._seen.add(uri)
            self._todo.append(_Asked(uri, None, 0))

    async def _work(self) -> None:
        while self._todo and not self._is_spent:
            await self._ask_about(self._todo.popleft())

    async def _ask_about(self, one: _Asked) -> None:
        document = one.document
        if document is None:
            document = await self._read_again(one.uri)
            if document is None:
                return
        for start in starts_of(document, one.uri, self._root_uri):
            async for items in self._walker.items(start):
                await self._take(items, one.depth + 1)
                if self._is_spent:
                    self.is_cut = True
                    return

    async def _read_again(self, uri: str) -> Document | None:
        """Fetch a post that is here; what its server says of it now holds."""
        try:
            document = await self._get(uri)
        except Gone:
            document = None
        except FedinetError as error:
            self._missed(uri, error)
            return None
        if document is None or type_of(document) == "Tombstone":
            async with transaction(self._pool) as tx:
                await forget_gone(tx, ObjectUri(uri))
            return None
        try:
            arrival = await self._posts.read(document, budget=self._budget)
        except FedinetError as error:
            self._missed(uri, error)
            return document
        async with transaction(self._pool) as tx:
            await renew(tx, arrival, self._now)
        return document

    async def _take(self, items: Sequence[Reference], depth: int) -> None:
        """Look at what one part of a collection names; fetch what is not here."""
        named = {address_of(item): item for item in items}
        fresh = {
            uri: item
            for uri, item in named.items()
            if uri not in self._seen and not self._uris.is_ours(uri)
        }
        if not fresh:
            return
        self._seen.update(fresh)
        places = await store.list_places(self._pool, self._here, list(fresh))
        deleted = await store.list_deleted(self._pool, list(fresh))
        for uri, (is_inside, asked_at) in places.items():
            is_due_again = asked_at is None or self._now - asked_at >= AGAIN_AFTER
            if is_inside and is_due_again and depth < self._limits.depth:
                self.asked.add(uri)
                self._todo.append(_Asked(uri, None, depth))
        unknown = [item for uri, item in fresh.items() if uri not in places and uri not in deleted]
        step = self._limits.at_once
        for begin in range(0, len(unknown), step):
            if self._is_spent:
                self.is_cut = True
                return
            several = unknown[begin : begin + step]
            for found in await asyncio.gather(*(self._read(item, depth) for item in several)):
                if found is not None:
                    await self._place(found)

    async def _read(self, item: Reference, depth: int) -> _Found | None:
        """Get a post in hand. None: it cannot be had, or is none."""
        uri = address_of(item)
        try:
            document = await self._get(uri) if isinstance(item, str) else item
            inner = carried_by(document)
            if inner is not None:
                document = await self._get(inner) if isinstance(inner, str) else inner
            arrival = await self._posts.read(document, budget=self._budget)
        except FedinetError as error:
            self._missed(uri, error)
            return None
        self._seen.add(arrival.uri)
        return _Found(arrival, document, depth)

    async def _place(self, first: _Found) -> None:
        """Keep a post that answers something in this conversation, and what waited for it.

        What it answers may have to be fetched before. Posts that turn out to
        belong elsewhere are never stored.
        """
        waiting = [first]
        while waiting and not self._is_spent:
            found = waiting.pop()
            parent = found.arrival.parent_uri
            if parent is None:
                continue  # it begins a conversation of its own
            if await self._is_inside(parent):
                if await self._keep(found):
                    waited = self._strays.pop(found.arrival.uri, [])
                    self._in_hand -= len(waited)
                    waiting += waited
            elif not self._uris.is_ours(parent) and self._hold(found, parent):
                above = await self._read(parent, found.depth)
                waiting += [] if above is None else [above]

    def _hold(self, found: _Found, parent: str) -> bool:
        """Keep a stray in hand; True where its parent should be looked for."""
        if self._in_hand >= self._limits.strays:
            self.is_cut = True
            return False
        self._in_hand += 1
        self._strays.setdefault(parent, []).append(found)
        if parent in self._seen:
            return False
        self._seen.add(parent)
        return True

    async def _is_inside(self, uri: str) -> bool:
        if uri not in self._inside:
            places = await store.list_places(self._pool, self._here, [uri])
            if uri not in places or not places[uri][0]:
                return False
            self._inside.add(uri)
        return True

    async def _keep(self, found: _Found) -> bool:
        try:
            await self._posts.keep(found.arrival)
        except NotFound as error:
            self._missed(found.arrival.uri, error)
            return False
        self.kept += 1
        self._inside.add(found.arrival.uri)
        if found.depth < self._limits.depth:
            self.asked.add(found.arrival.uri)
            self._todo.appendleft(_Asked(found.arrival.uri, found.document, found.depth))
        else:
            self.is_cut = True
        return True

    async def _get(self, uri: str) -> Document:
        """Fetch, but not from who has not answered during this visit."""
        owner = owner_of(uri)
        if owner in self._silent:
            raise RemoteUnavailable(f"{owner} did not answer a moment ago")
        try:
            return (await self._documents.document(uri, budget=self._budget))[0]
        except RemoteUnavailable:
            self._silent.add(owner)
            raise

    def _missed(self, uri: str, error: FedinetError) -> None:
        """What waiting may help against leaves the conversation unfinished."""
        self.is_cut = self.is_cut or error.retryable or isinstance(error, BudgetSpent)
        logger.info("threads.missed uri=%s why=%s", uri, error)
