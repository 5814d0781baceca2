"""Walking the collections of another server: what a post says there is, part by part.

Everything ends: parts are counted, none is asked twice, and all of a collection
are at one origin. ``totalItems`` is never believed, nor even read.
"""

import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from fedinet.kernel.errors import FedinetError
from fedinet.kernel.uris import same_origin
from fedinet.net.budget import Budget, BudgetSpent
from fedinet.vocab.activity import Document, as_document, uri_of
from fedinet.vocab.collection import is_collection, read_stretch
from fedinet.vocab.note import context_of
from fedinet.vocab.values import web_url

logger = logging.getLogger(__name__)

Reference: TypeAlias = str | Document

_CARRIERS: Final = frozenset({"Create", "Update", "Add"})
"""Activities in a history that bring a post."""


class Parts(Protocol):
    """The part of ``actors.remote.ActorSource`` that is needed here."""

    async def part(self, uri: str, *, budget: Budget | None = None) -> Document: ...


@dataclass(frozen=True, slots=True)
class Start:
    """A collection to walk: its address, or itself, and the URI whose origin all of it has."""

    reference: Reference
    home: str


def starts_of(document: Document, uri: str, root_uri: str) -> Iterator[Start]:
    """Name the collections that tell about answers to a post, the most promising first.

    The whole conversation, as its owner sees it, is where the post is or where
    the conversation began; anywhere else nobody has a say in it. ``replies``
    are where the post is.

    Source: FEP-f228, "Reading collections"; FEP-7458.
    """
    for address in (web_url(uri_of(document.get("contextHistory"))), context_of(document)):
        if address is not None and (same_origin(address, uri) or same_origin(address, root_uri)):
            yield Start(address, address)
    replies = document.get("replies")
    embedded = as_document(replies)
    if embedded is not None and is_collection(embedded):
        yield Start(embedded, uri)
    elif (address := web_url(uri_of(replies))) is not None and same_origin(address, uri):
        yield Start(address, uri)


class Walker:
    """Walks for one visit: remembers what it asked for."""

    def __init__(self, source: Parts, budget: Budget, *, pages: int) -> None:
        self._source = source
        self._budget = budget
        self._pages = pages
        self._asked: set[str] = set()
        self.cut = False
        """Something was left: the limit of parts, or a part that could not be had."""

    async def items(self, start: Start) -> AsyncIterator[tuple[Reference, ...]]:
        """Yield what each part holds: addresses, and posts of the collection's own origin."""
        waiting: list[Reference] = [start.reference]
        for _ in range(self._pages):
            if not waiting:
                return
            part = await self._part(waiting.pop(0), start.home)
            if part is None:
                continue
            stretch = read_stretch(part)
            if stretch.items:
                yield tuple(
                    reference
                    for item in stretch.items
                    if (reference := _post_in(item, start.home)) is not None
                )
            waiting += stretch.onward
        self.cut = self.cut or bool(waiting)

    async def _part(self, reference: Reference, home: str) -> Document | None:
        if not isinstance(reference, str):
            return reference
        address = web_url(reference)
        if address is None or address in self._asked or not same_origin(address, home):
            return None
        self._asked.add(address)
        try:
            part = await self._source.part(address, budget=self._budget)
        except FedinetError as error:
            self.cut = self.cut or error.retryable or isinstance(error, BudgetSpent)
            logger.info("threads.part_missed uri=%s why=%s", address, error)
            return None
        return part if is_collection(part) else None


def address_of(item: Reference) -> str:
    """The address that an item of a walk is known by."""
    return item if isinstance(item, str) else str(item.get("id"))


def carried_by(document: Document) -> Reference | None:
    """What an activity brings: a post of its own origin, or an address. None for a post itself."""
    if document.get("type") not in _CARRIERS:
        return None
    return _post_in(document, str(document.get("id")))


def _post_in(item: Reference, home: str) -> Reference | None:
    """What an item names: a post, or what an activity brings.

    Embedded, it counts only where the collection is; else its id is asked for.
    """
    if isinstance(item, str):
        return web_url(item)
    if item.get("type") in _CARRIERS:
        inner = as_document(item.get("object"))
        return web_url(uri_of(item.get("object"))) if inner is None else _post_in(inner, home)
    uri = web_url(item.get("id"))
    if uri is not None and "content" in item and same_origin(uri, home):
        return item
    return uri or web_url(uri_of(item))
